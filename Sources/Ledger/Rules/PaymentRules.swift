/// Which step of a payment may follow which, in every ledger, whatever stores it.
enum PaymentRules {
    /// What a step has to do.
    enum Decision {
        /// Record the step's transfer.
        case record

        /// Nothing: it was recorded before.
        case done
    }

    /// The state of a payment that has these steps on record.
    static func state(recorded steps: Set<TransferKind>) -> PaymentState {
        if steps.contains(.settle) { return .settled }
        if steps.contains(.return) { return steps.contains(.authorise) ? .returned : .voided }
        return steps.contains(.authorise) ? .authorised : .unknown
    }

    /// Decides on an authorisation. Content is compared by the caller when it is `done`.
    static func authorise(_ payment: String, in state: PaymentState) throws(LedgerError) -> Decision {
        switch state {
        case .unknown: .record
        case .authorised, .settled: .done
        case .returned: throw .alreadyReturned(payment: payment)
        case .voided: throw .voided(payment: payment)
        }
    }

    /// Decides on a settlement. Content is compared by the caller when it is `done`.
    static func settle(_ payment: String, in state: PaymentState) throws(LedgerError) -> Decision {
        switch state {
        case .unknown: throw .notAuthorised(payment: payment)
        case .authorised: .record
        case .settled: .done
        case .returned: throw .alreadyReturned(payment: payment)
        case .voided: throw .voided(payment: payment)
        }
    }

    /// Decides on a return.
    static func returnFunds(
        _ payment: String, in state: PaymentState
    ) throws(LedgerError) -> (decision: Decision, result: ReturnResult) {
        switch state {
        case .unknown: (.record, .nothingToReturn)
        case .authorised: (.record, .returned)
        case .settled: throw .alreadySettled(payment: payment)
        case .returned: (.done, .alreadyReturned)
        case .voided: (.done, .nothingToReturn)
        }
    }
}
