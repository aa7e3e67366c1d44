import Ledger
import PaymentEvents

/// How far the ledger has brought a payment.
struct PaymentStanding {
    var state: PaymentState
    /// It was given back once, and is carried out on a late confirmation.
    var isReinstated = false
}

extension ReconciliationDifference {
    /// Nil when the three agree.
    /// - Parameter outcomes: The statuses that were published.
    init?(of paymentID: String, ledger: PaymentStanding, gateway: ChargeInquiry.Answer, outcomes: Set<String>) {
        // A payment that is reinstated has been voided, and its first outcome said so.
        let givenUp: Set = ["FAILED", "CANCELLED"]
        let told = ledger.isReinstated ? outcomes.subtracting(givenUp) : outcomes
        let isHeld = gateway == .accepted || (ledger.isReinstated && gateway == .voided)
        let detail: String? =
            switch ledger.state {
            case .settled where told != ["SUCCEEDED"]:
                "the merchant has the money, but no outcome says so alone"
            case .settled where !isHeld:
                "the merchant has the money, but the gateway does not hold the charge as accepted"
            case .returned where told.count != 1 || !told.isSubset(of: givenUp):
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
        self.ledger = "\(ledger.state)"
        self.gateway = gateway.rawValue
        outcome = outcomes.isEmpty ? "none" : outcomes.sorted().joined(separator: ",")
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
