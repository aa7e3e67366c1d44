/// The gateway's memory: at most one charge per payment, whatever is repeated and in whatever order calls arrive.
actor ChargeBook {
    /// What a call for a charge comes to.
    enum Verdict: Equatable {
        case accepted(Charge)
        /// The same call was accepted before.
        case repeated(Charge)
        case declined
        case unavailable
        /// The payment id stands for another charge.
        case conflict
        case voided
    }

    private static let failuresOfFlaky = 2

    private var charges: [String: Charge] = [:]
    private var failures: [String: Int] = [:]

    func submit(_ request: ChargeRequest) -> Verdict {
        let id = request.paymentID
        if let charge = charges[id] {
            if charge.status == .voided || charge.status == .refunded { return .voided }
            guard charge.request == request else { return .conflict }
            return charge.status == .declined ? .declined : .repeated(charge)
        }
        let token = TestToken(method: request.methodToken)
        if token == .flaky, failures[id, default: 0] < Self.failuresOfFlaky {
            failures[id, default: 0] += 1
            return .unavailable
        }
        failures[id] = nil
        let status: Charge.Status = token == .declined ? .declined : .accepted
        let charge = Charge(reference: Self.reference(of: id), status: status, request: request)
        charges[id] = charge
        return status == .declined ? .declined : .accepted(charge)
    }

    func charge(of paymentID: String) -> Charge? { charges[paymentID] }

    /// Undoes a charge; one that is not there yet will be refused when it comes.
    func void(_ paymentID: String) -> Charge {
        var charge = charges[paymentID] ?? Charge(reference: Self.reference(of: paymentID), status: .voided)
        if charge.status == .accepted { charge.status = .voided }
        charges[paymentID] = charge
        return charge
    }

    /// Gives the money back, if there is any; a charge that comes later will be refused.
    func refund(_ paymentID: String) -> Charge {
        var charge = charges[paymentID] ?? Charge(reference: Self.reference(of: paymentID), status: .voided)
        if charge.request != nil, charge.status != .declined { charge.status = .refunded }
        charges[paymentID] = charge
        return charge
    }

    /// Derived from the payment, so that a gateway that lost its memory still gives a repeated charge the same reference.
    private static func reference(of paymentID: String) -> String { "ch-\(paymentID)" }
}
