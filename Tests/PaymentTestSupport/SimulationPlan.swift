import PaymentSaga

/// What happens to one simulated payment from outside, drawn from a seed.
struct SimulationPlan: Sendable {
    enum Message: Sendable {
        case confirmation(Confirmation)
        case cancel(isUpdate: Bool)
        case cancelWorkflow
        case approve(Bool)
    }

    let request: PaymentRequest
    let policy: PaymentPolicy
    let isSuspicious: Bool
    let isDeclined: Bool
    let refusal: ReasonCode?
    /// With the time of each, in milliseconds of virtual time from the beginning.
    let messages: [(time: Int, message: Message)]

    /// Confirmations come up to here; payments give up after five minutes.
    private static let latest = 420_000

    init(number: Int, _ random: inout SplitMix) {
        let id = "p-\(number)"
        request = .sample(id, user: "user-\(random.below(5))", minorUnits: Int64(1 + random.below(40_00)))
        policy = PaymentPolicy(
            lateConfirmations: random.happens(30) ? .reinstate : .refund,
            approvalLimits: random.happens(5) ? [Amount(currency: "EUR", minorUnits: 10_00)] : [],
            // Embedded steps pause between attempts in real time.
            placement: random.happens(20) ? .embedded : .distributed)
        isSuspicious = random.happens(3)
        isDeclined = random.happens(4)
        refusal = random.happens(3) ? .accountClosed : nil
        var messages: [(Int, Message)] = []
        if random.happens(90) {
            // Most come soon, some early, some too late.
            let time = random.happens(75) ? random.below(30_000) : random.below(Self.latest)
            let isApproved = random.happens(88)
            let first = isApproved ? Confirmation.approved("\(id)-c1") : .declined("\(id)-c1")
            messages.append((time, .confirmation(first)))
            if random.happens(20) { messages.append((time + random.below(60_000), .confirmation(first))) }
            if random.happens(10) {
                let opposite = isApproved ? Confirmation.declined("\(id)-c2") : .approved("\(id)-c2")
                messages.append((max(0, time + random.below(20_000) - 10_000), .confirmation(opposite)))
            }
        }
        if random.happens(15) { messages.append((random.below(Self.latest), .cancel(isUpdate: random.happens(50)))) }
        if random.happens(2) { messages.append((random.below(60_000), .cancelWorkflow)) }
        if !policy.approvalLimits.isEmpty {
            messages.append((random.below(60_000), .approve(random.happens(70))))
        }
        self.messages = messages
    }
}

/// A generator whose numbers follow from its seed, on every machine.
struct SplitMix: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func happens(_ percent: Int) -> Bool { below(100) < percent }
}
