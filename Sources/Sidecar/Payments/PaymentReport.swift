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
    /// Unknown to outcome events; so is when the payment began.
    let merchantID: String?
    let amount: Amount
    private(set) var status: PaymentStatusView.Status
    /// The step the payment is at, or was at last; unknown to what is on record.
    var stage: String?
    private(set) var reasonCode: ReasonCode?
    /// The gateway's own id of the payment, once it has taken it.
    let gatewayReference: String?
    /// The step that waits for its next attempt or for an operator; unknown to what is on record.
    private(set) var stuckStep: String?
    /// Why a wish to cancel was refused; unknown to what is on record.
    private(set) var refusedCancellation: String?
    /// When the payment's workflow was started, or, before that, when the payment was requested.
    let createdAt: Date?
    /// When the payment last changed.
    private(set) var updatedAt: Date
    /// When the payment stood as told here, by this machine's clock.
    private(set) var asOf: Date
    var steps: [StepRecord] = []
    private(set) var source: Source

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case userID = "user_id"
        case merchantID = "merchant_id"
        case amount, status, stage
        case reasonCode = "reason_code"
        case gatewayReference = "gateway_reference"
        case stuckStep = "stuck_step"
        case refusedCancellation = "refused_cancellation"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case asOf = "as_of"
        case steps, source
    }

    /// What the payment itself says.
    init(_ view: PaymentStatusView, asOf: Date) {
        paymentID = view.paymentID
        userID = view.userID
        merchantID = view.merchantID
        amount = view.amount
        status = view.status
        stage = view.stage
        reasonCode = view.reasonCode
        gatewayReference = view.gatewayReference
        stuckStep = view.stuckStep
        refusedCancellation = view.refusedCancellation
        createdAt = view.createdAt
        updatedAt = view.updatedAt
        self.asOf = asOf
        steps = view.steps
        source = .live
    }

    /// What is on record of a payment.
    init(
        stored paymentID: String, userID: String, merchantID: String?, amount: Amount,
        status: PaymentStatusView.Status, reasonCode: ReasonCode? = nil, gatewayReference: String? = nil,
        createdAt: Date?, updatedAt: Date, asOf: Date
    ) {
        self.paymentID = paymentID
        self.userID = userID
        self.merchantID = merchantID
        self.amount = amount
        self.status = status
        self.reasonCode = reasonCode
        self.gatewayReference = gatewayReference
        self.createdAt = createdAt
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

    /// The same, found to be so still.
    func confirmed(at time: Date) -> PaymentReport {
        var copy = self
        copy.asOf = time
        return copy
    }

    /// Whether a late confirmation may have carried the payment out since.
    var mayBeReinstated: Bool {
        status.isTerminal && (reasonCode == .confirmationTimeout || reasonCode == .cancelledByUser)
    }

    /// The same payment, carried out after all.
    func reinstated(at time: Date) -> PaymentReport {
        var copy = remembered
        copy.status = .succeeded
        copy.reasonCode = nil
        copy.updatedAt = time
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
