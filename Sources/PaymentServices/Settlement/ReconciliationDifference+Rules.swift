import Ledger
import PaymentEvents

extension ReconciliationDifference {
    /// Nil when the three agree.
    /// - Parameter outcome: The statuses that were published, separated by commas; empty for none.
    init?(of paymentID: String, ledger: PaymentState, gateway: ChargeInquiry.Answer, outcome: String) {
        let detail: String? =
            switch ledger {
            case .settled where outcome != "SUCCEEDED":
                "the merchant has the money, but no outcome says so alone"
            case .settled where gateway != .accepted:
                "the merchant has the money, but the gateway does not hold the charge as accepted"
            case .returned where outcome != "FAILED" && outcome != "CANCELLED":
                "the user has the money back, but no outcome says so alone"
            case .returned where gateway == .accepted:
                "the user has the money back, but the gateway holds the charge as accepted"
            case .authorised:
                "the money has been held for longer than the period of grace"
            case .unknown, .voided:
                "an outcome says that the merchant has the money, but it never moved"
            case .settled, .returned:
                nil
            }
        guard let detail else { return nil }
        self.init()
        self.paymentID = paymentID
        self.ledger = "\(ledger)"
        self.gateway = gateway.rawValue
        self.outcome = outcome.isEmpty ? "none" : outcome
        self.detail = detail
    }
}

extension PaymentStatus {
    /// As the schema spells it.
    var text: String {
        switch self {
        case .succeeded: "SUCCEEDED"
        case .failed: "FAILED"
        case .cancelled: "CANCELLED"
        case .rejected: "REJECTED"
        case .unspecified: "UNSPECIFIED"
        case .UNRECOGNIZED(let number): "\(number)"
        }
    }
}
