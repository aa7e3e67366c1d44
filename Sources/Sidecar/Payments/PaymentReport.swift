import Foundation
import Hummingbird
import PaymentSaga

/// Where a payment stands, how that is known, and since when.
struct PaymentReport: ResponseEncodable, Sendable, Equatable {
    enum Source: String, Encodable {
        /// The payment itself answered.
        case live
        /// No worker answered; this is what is on record, or what the payment said last.
        case stored
    }

    let paymentID: String
    let userID: String
    let amount: Amount
    let status: PaymentStatusView.Status
    /// The step the payment is at, or was at last; unknown to what is on record.
    var stage: String?
    let reasonCode: ReasonCode?
    /// When the payment last changed.
    let updatedAt: Date
    /// When the payment stood as told here, by this machine's clock.
    let asOf: Date
    var steps: [StepRecord] = []
    private(set) var source: Source

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case userID = "user_id"
        case amount, status, stage
        case reasonCode = "reason_code"
        case updatedAt = "updated_at"
        case asOf = "as_of"
        case steps, source
    }

    /// What the payment itself says.
    init(_ view: PaymentStatusView, asOf: Date) {
        paymentID = view.paymentID
        userID = view.userID
        amount = view.amount
        status = view.status
        stage = view.stage
        reasonCode = view.reasonCode
        updatedAt = view.updatedAt
        self.asOf = asOf
        steps = view.steps
        source = .live
    }

    /// What is on record of a payment.
    init(
        stored request: PaymentRequest, status: PaymentStatusView.Status, reasonCode: ReasonCode? = nil,
        updatedAt: Date, asOf: Date
    ) {
        paymentID = request.paymentID
        userID = request.userID
        amount = request.amount
        self.status = status
        self.reasonCode = reasonCode
        self.updatedAt = updatedAt
        self.asOf = asOf
        source = .stored
    }

    /// The same, remembered from when it was told.
    var remembered: PaymentReport {
        var copy = self
        copy.source = .stored
        return copy
    }

    /// Why it is too late to cancel; nil if it is not.
    var reasonAgainstCancelling: String? {
        if status.isTerminal { return "the payment has \(status == .cancelled ? "been cancelled" : "ended") already" }
        let isApproved = steps.contains { $0.name == "confirm" && $0.state == .succeeded }
        return isApproved ? "the gateway has approved the payment already" : nil
    }

    /// Whether the other tells of the same state, at whatever time.
    func isSameState(as other: PaymentReport) -> Bool {
        status == other.status && stage == other.stage && reasonCode == other.reasonCode
            && updatedAt == other.updatedAt && steps == other.steps
    }
}
