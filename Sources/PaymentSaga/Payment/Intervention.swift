public import Foundation

/// What an operator did with a stuck payment.
public struct Intervention: Codable, Sendable, Hashable {
    public enum Action: String, Codable, Sendable {
        /// Try the stuck step again at once.
        case resume
        /// Stop trying, and end the payment as told.
        case forceOutcome = "force-outcome"
    }

    public var action: Action
    /// The step that was stuck.
    public var step: String
    /// Who did it.
    public var operatorName: String
    public var reason: String
    /// How the payment is to end, when that was forced.
    public var forcedStatus: PaymentStatusView.Status?
    public var at: Date

    enum CodingKeys: String, CodingKey {
        case action, step
        case operatorName = "operator"
        case reason
        case forcedStatus = "forced_status"
        case at
    }
}

/// An operator's wish to have a stuck payment go on, sent as an update.
public struct ResumeRequest: Codable, Sendable, Hashable {
    /// Who asks.
    public var operatorName: String
    public var reason: String

    public init(operatorName: String, reason: String) {
        self.operatorName = operatorName
        self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
        case operatorName = "operator"
        case reason
    }
}

/// An operator's word on how a stuck payment ends, sent as an update.
///
/// The stuck step counts as settled by other means. With `succeeded` nothing more is undone; otherwise the steps before it still are.
public struct ForcedOutcome: Codable, Sendable, Hashable {
    /// Who asks.
    public var operatorName: String
    /// `succeeded`, `failed` or `cancelled`.
    public var status: PaymentStatusView.Status
    /// For people; ends up in the outcome.
    public var reason: String

    public init(operatorName: String, status: PaymentStatusView.Status, reason: String) {
        self.operatorName = operatorName
        self.status = status
        self.reason = reason
    }

    enum CodingKeys: String, CodingKey {
        case operatorName = "operator"
        case status, reason
    }
}
