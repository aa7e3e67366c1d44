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
    public var amount: Amount
    public var status: Status
    /// The step the payment is at, or was at last.
    public var stage: String
    /// Why the payment did not succeed.
    public var reasonCode: ReasonCode?
    public var updatedAt: Date
    public var steps: [StepRecord]

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case userID = "user_id"
        case amount, status, stage
        case reasonCode = "reason_code"
        case updatedAt = "updated_at"
        case steps
    }
}

/// One step of a payment.
public struct StepRecord: Codable, Sendable, Hashable {
    public enum State: String, Codable, Sendable {
        case running, succeeded, failed
        /// Of no interest any more, because the payment ended first.
        case abandoned
    }

    public var name: String
    public var state: State
    public var startedAt: Date
    public var endedAt: Date?
    /// What went wrong, without anything that identifies a person or a card.
    public var error: String?

    enum CodingKeys: String, CodingKey {
        case name, state
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case error
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
