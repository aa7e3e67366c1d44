import Foundation
import Hummingbird
import PaymentSaga

/// Where a payment stands, and how that is known.
struct PaymentReport: ResponseEncodable, Sendable {
    enum Source: String, Encodable {
        /// The payment itself answered.
        case live
        /// No worker answered; this is what is on record.
        case stored
    }

    let paymentID: String
    let userID: String
    let amount: Amount
    let status: PaymentStatusView.Status
    /// The step the payment is at, or was at last; unknown to what is on record.
    var stage: String?
    let reasonCode: ReasonCode?
    let updatedAt: Date
    var steps: [StepRecord] = []
    let source: Source

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case userID = "user_id"
        case amount, status, stage
        case reasonCode = "reason_code"
        case updatedAt = "updated_at"
        case steps, source
    }

    /// What the payment itself says.
    init(_ view: PaymentStatusView) {
        paymentID = view.paymentID
        userID = view.userID
        amount = view.amount
        status = view.status
        stage = view.stage
        reasonCode = view.reasonCode
        updatedAt = view.updatedAt
        steps = view.steps
        source = .live
    }

    /// What is on record of a payment.
    init(
        stored request: PaymentRequest, status: PaymentStatusView.Status, reasonCode: ReasonCode? = nil, updatedAt: Date
    ) {
        paymentID = request.paymentID
        userID = request.userID
        amount = request.amount
        self.status = status
        self.reasonCode = reasonCode
        self.updatedAt = updatedAt
        source = .stored
    }

    /// Why it is too late to cancel; nil if it is not.
    var reasonAgainstCancelling: String? {
        if status.isTerminal { return "the payment has \(status == .cancelled ? "been cancelled" : "ended") already" }
        let isApproved = steps.contains { $0.name == "confirm" && $0.state == .succeeded }
        return isApproved ? "the gateway has approved the payment already" : nil
    }
}
