/// The payment ends here, and not as hoped.
struct PaymentRefused: Error, CustomStringConvertible {
    let status: PaymentStatusView.Status
    let code: ReasonCode
    let reason: String

    init(_ status: PaymentStatusView.Status, _ code: ReasonCode, _ reason: String) {
        self.status = status
        self.code = code
        self.reason = reason
    }

    init(_ status: PaymentStatusView.Status, _ refusal: Refusal) {
        self.init(status, refusal.code, refusal.reason)
    }

    init(_ forced: ForcedOutcome) {
        self.init(forced.status, forced.status == .cancelled ? .cancelledByUser : .internal, forced.reason)
    }

    var description: String { "\(code.rawValue): \(reason)" }
}
