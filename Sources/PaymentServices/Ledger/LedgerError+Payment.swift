import Ledger
import PaymentSaga
import Temporal

extension LedgerError {
    /// What to tell about a payment that the ledger refuses for what its accounts are; nil for anything else.
    ///
    /// The texts go to events and people: they hold neither ids nor balances.
    func refusal(of request: PaymentRequest) -> Refusal? {
        switch self {
        case .unknownAccount(let id), .wrongOwner(let id, _, _):
            Self.holder(of: id, in: request).map {
                Refusal(code: .unknownAccount, reason: "\($0) has no account that can take this part")
            }
        case .accountClosed(let id):
            Self.holder(of: id, in: request).map {
                Refusal(code: .accountClosed, reason: "\($0)'s account is closed")
            }
        case .currencyMismatch(let id, let expected, let found):
            Self.holder(of: id, in: request).map {
                Refusal(code: .currencyMismatch, reason: "\($0)'s account is kept in \(expected), not in \(found)")
            }
        case .insufficientFunds:
            Refusal(code: .insufficientFunds, reason: "the user's account has less than the amount available")
        case .limitExceeded:
            Refusal(code: .limitExceeded, reason: "the amount is above the user's limit for one payment")
        case .invalid:
            Refusal(code: .invalidRequest, reason: "the ledger can't record a payment with these ids and this amount")
        case .accountInUse, .overflow, .conflict, .voided, .notAuthorised, .alreadySettled, .alreadyReturned,
            .cannotOpen, .storage:
            nil
        }
    }

    /// The failure of a step that no answer can express.
    func failure(of request: PaymentRequest) -> ApplicationFailure {
        switch self {
        case .conflict(let id, _):
            ApplicationFailure(
                "the ledger has \(id) with other content: start a payment with another id",
                type: ServiceFailure.ledgerConflict, isNonRetryable: true)
        case .storage, .cannotOpen:
            ApplicationFailure("\(self)", type: ServiceFailure.ledgerUnavailable)
        case .overflow:
            // Room comes back as money leaves the account, so the step is not lost.
            ApplicationFailure(
                "payment \(request.paymentID) would bring an account beyond 64 bits",
                type: ServiceFailure.ledgerUnavailable)
        case .voided, .notAuthorised, .alreadySettled, .alreadyReturned:
            Self.refused("\(self)")
        case .unknownAccount, .accountClosed, .accountInUse, .wrongOwner, .currencyMismatch, .insufficientFunds,
            .limitExceeded, .invalid:
            Self.refused(
                refusal(of: request)?.reason ?? "the clearing account for \(request.amount.currency) can't be used")
        }
    }

    private static func refused(_ message: String) -> ApplicationFailure {
        ApplicationFailure(message, type: ServiceFailure.ledgerRefused, isNonRetryable: true)
    }

    private static func holder(of account: String, in request: PaymentRequest) -> String? {
        switch account {
        case request.userID: "the user"
        case request.merchantID: "the merchant"
        default: nil
        }
    }
}
