/// The gateway's confirmations of one payment: the first one counts, once.
struct ConfirmationInbox {
    /// What became of a confirmation.
    enum Receipt: Equatable {
        /// It decides the payment.
        case decisive
        /// It came after the payment had been decided without it.
        case late
        /// It was here before, or says what another one said.
        case repeated
        /// Another one said the opposite, and counts.
        case contradicting
    }

    /// How many ids are remembered: a gateway repeats itself within minutes, and each remembered id takes room in memory.
    static let window = 64
    /// How many contradictions are kept to be shown.
    static let keptContradictions = 8

    private(set) var decisive: Confirmation?
    private(set) var late: Confirmation?
    private(set) var contradictions: [Confirmation] = []
    /// True once the payment has been decided without a confirmation.
    private(set) var isClosed = false
    /// Oldest first.
    private var seen: [String] = []

    var isApproved: Bool { decisive?.status == .approved }

    mutating func close() { isClosed = decisive == nil }

    mutating func take(_ confirmation: Confirmation) -> Receipt {
        guard !seen.contains(confirmation.confirmationID) else { return .repeated }
        seen.append(confirmation.confirmationID)
        if seen.count > Self.window { seen.removeFirst() }
        if let first = decisive ?? late {
            guard first.status != confirmation.status else { return .repeated }
            if contradictions.count < Self.keptContradictions { contradictions.append(confirmation) }
            return .contradicting
        }
        if isClosed {
            late = confirmation
            return .late
        }
        decisive = confirmation
        return .decisive
    }
}
