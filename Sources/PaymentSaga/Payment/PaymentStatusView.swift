public import Foundation

/// Where a payment stands, as anyone may see it.
public struct PaymentStatusView: Codable, Sendable, Hashable {
    public enum Status: String, Codable, Sendable, CaseIterable {
        case pending, processing, succeeded, failed, cancelled, rejected

        /// True when nothing will change any more.
        public var isTerminal: Bool { self != .pending && self != .processing }
    }

    public var paymentID: String
    public var userID: String
    /// Whom the payment is to; nil from workers of earlier versions, as are the next two.
    public var merchantID: String?
    public var amount: Amount
    public var status: Status
    /// When the payment's workflow was started.
    public var createdAt: Date?
    /// The gateway's own id of the payment, once it has taken it.
    public var gatewayReference: String?
    /// The step the payment is at, or was at last.
    public var stage: String
    /// Why the payment did not succeed.
    public var reasonCode: ReasonCode?
    public var updatedAt: Date
    public var steps: [StepRecord]
    /// The step that failed for good and waits for its next attempt or for an operator; nil when there is none.
    public var stuckStep: String?
    /// What operators did, in the order in which they did it: the audit record.
    public var interventions: [Intervention]
    /// Confirmations that contradict the one that counted; the first few of them.
    public var contradictions: [Confirmation]
    /// The confirmation that came after the payment had timed out or was cancelled.
    public var lateConfirmation: Confirmation?
    /// Why a wish to cancel was refused.
    public var refusedCancellation: String?

    public init(
        paymentID: String, userID: String, merchantID: String? = nil, amount: Amount, status: Status, stage: String,
        reasonCode: ReasonCode? = nil, updatedAt: Date, steps: [StepRecord] = []
    ) {
        self.paymentID = paymentID
        self.userID = userID
        self.merchantID = merchantID
        self.amount = amount
        self.status = status
        self.stage = stage
        self.reasonCode = reasonCode
        self.updatedAt = updatedAt
        self.steps = steps
        interventions = []
        contradictions = []
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        paymentID = try values.decode(String.self, forKey: .paymentID)
        userID = try values.decode(String.self, forKey: .userID)
        merchantID = try values.decodeIfPresent(String.self, forKey: .merchantID)
        createdAt = try values.decodeIfPresent(Date.self, forKey: .createdAt)
        gatewayReference = try values.decodeIfPresent(String.self, forKey: .gatewayReference)
        amount = try values.decode(Amount.self, forKey: .amount)
        status = try values.decode(Status.self, forKey: .status)
        stage = try values.decode(String.self, forKey: .stage)
        reasonCode = try values.decodeIfPresent(ReasonCode.self, forKey: .reasonCode)
        updatedAt = try values.decode(Date.self, forKey: .updatedAt)
        steps = try values.decode([StepRecord].self, forKey: .steps)
        stuckStep = try values.decodeIfPresent(String.self, forKey: .stuckStep)
        // Workers of the first version don't tell these.
        interventions = try values.decodeIfPresent([Intervention].self, forKey: .interventions) ?? []
        contradictions = try values.decodeIfPresent([Confirmation].self, forKey: .contradictions) ?? []
        lateConfirmation = try values.decodeIfPresent(Confirmation.self, forKey: .lateConfirmation)
        refusedCancellation = try values.decodeIfPresent(String.self, forKey: .refusedCancellation)
    }

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case userID = "user_id"
        case merchantID = "merchant_id"
        case amount, status, stage
        case createdAt = "created_at"
        case gatewayReference = "gateway_reference"
        case reasonCode = "reason_code"
        case updatedAt = "updated_at"
        case steps
        case stuckStep = "stuck_step"
        case interventions, contradictions
        case lateConfirmation = "late_confirmation"
        case refusedCancellation = "refused_cancellation"
    }
}

/// One step of a payment.
public struct StepRecord: Codable, Sendable, Hashable {
    public enum State: String, Codable, Sendable {
        case running, succeeded, failed
        /// Of no interest any more, because the payment ended first.
        case abandoned
        /// An operator declared it settled by other means.
        case overridden
    }

    public var name: String
    public var state: State
    public var startedAt: Date
    public var endedAt: Date?
    /// How often it was tried, as far as known while it runs; nil when the worker did not count.
    public var attempts: Int?
    /// What went wrong, without anything that identifies a person or a card.
    public var error: String?

    public init(
        name: String, state: State, startedAt: Date, endedAt: Date? = nil, attempts: Int? = nil, error: String? = nil
    ) {
        self.name = name
        self.state = state
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.attempts = attempts
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case name, state
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case attempts, error
    }
}

/// Why a payment did not succeed: the closed list that outcome events and the status share.
public enum ReasonCode: String, Codable, Sendable, CaseIterable {
    case invalidRequest = "INVALID_REQUEST"
    case unknownAccount = "UNKNOWN_ACCOUNT"
    case accountClosed = "ACCOUNT_CLOSED"
    case insufficientFunds = "INSUFFICIENT_FUNDS"
    case currencyMismatch = "CURRENCY_MISMATCH"
    case limitExceeded = "LIMIT_EXCEEDED"
    case fraudSuspected = "FRAUD_SUSPECTED"
    case gatewayDeclined = "GATEWAY_DECLINED"
    case gatewayUnavailable = "GATEWAY_UNAVAILABLE"
    case confirmationTimeout = "CONFIRMATION_TIMEOUT"
    case cancelledByUser = "CANCELLED_BY_USER"
    case `internal` = "INTERNAL"
}

/// How a payment ended: the result of ``PaymentWorkflow``.
public struct PaymentResult: Codable, Sendable, Hashable {
    public var status: PaymentStatusView.Status
    public var reasonCode: ReasonCode?
    public var reason: String
    public var gatewayReference: String?
    public var completedAt: Date

    public init(
        status: PaymentStatusView.Status, reasonCode: ReasonCode? = nil, reason: String = "",
        gatewayReference: String? = nil, completedAt: Date
    ) {
        self.status = status
        self.reasonCode = reasonCode
        self.reason = reason
        self.gatewayReference = gatewayReference
        self.completedAt = completedAt
    }
}
