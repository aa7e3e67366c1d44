import Ledger

/// A call a payment makes to the ledger, and what came of it in one value, so that orders of calls can be compared.
enum PaymentStep: String, CaseIterable, Sendable {
    case authorise, settle, giveBack

    func run(_ payment: String, on ledger: any Ledger) async -> Outcome {
        do {
            switch self {
            case .authorise:
                let result = try await ledger.authorise(
                    payment: payment, from: "user", to: "clearing", amount: euros(10)
                )
                return result == .applied ? .applied : .repeated
            case .settle:
                return try await ledger.settle(payment: payment, to: "shop") == .applied ? .applied : .repeated
            case .giveBack:
                switch try await ledger.returnFunds(payment: payment) {
                case .returned: return .applied
                case .alreadyReturned: return .repeated
                case .nothingToReturn: return .nothing
                }
            }
        } catch {
            return .refused(error)
        }
    }

    enum Outcome: Hashable, Sendable {
        case applied, repeated, nothing
        case refused(LedgerError)
    }

    /// What the ledger's documentation promises for this step in a state, and the state after it.
    func promise(_ payment: String, in state: PaymentState) -> (outcome: Outcome, next: PaymentState) {
        switch (state, self) {
        case (.unknown, .authorise): (.applied, .authorised)
        case (.unknown, .settle): (.refused(.notAuthorised(payment: payment)), .unknown)
        case (.unknown, .giveBack): (.nothing, .voided)
        case (.authorised, .authorise): (.repeated, .authorised)
        case (.authorised, .settle): (.applied, .settled)
        case (.authorised, .giveBack): (.applied, .returned)
        case (.settled, .authorise), (.settled, .settle): (.repeated, .settled)
        case (.settled, .giveBack): (.refused(.alreadySettled(payment: payment)), .settled)
        case (.returned, .authorise), (.returned, .settle):
            (.refused(.alreadyReturned(payment: payment)), .returned)
        case (.returned, .giveBack): (.repeated, .returned)
        case (.voided, .authorise), (.voided, .settle): (.refused(.voided(payment: payment)), .voided)
        case (.voided, .giveBack): (.nothing, .voided)
        }
    }
}
