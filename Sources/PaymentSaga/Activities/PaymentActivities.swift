public import Temporal

/// What the payment workflow asks of the services around it. The implementations are elsewhere; here are the names, what goes in, and what
/// comes out.
public enum PaymentActivities {
    /// Looks whether the account can pay; moves nothing.
    public static let validate = ActivityType<PaymentRequest, ValidationResult>("ledger.validate")
    /// Moves the amount from the user to clearing. What the ledger refuses comes as ``ValidationResult/refusal``, not as an error.
    public static let authorise = ActivityType<PaymentRequest, ValidationResult>("ledger.authorise")
    /// Moves the amount from clearing to the merchant.
    public static let settle = ActivityType<PaymentRequest, NoValue>("ledger.settle")
    /// Moves the amount back from clearing to the user; does nothing when it was never authorised, and sees to it that it never will be.
    public static let returnFunds = ActivityType<PaymentRequest, NoValue>("ledger.return-funds")
    /// Scores the payment's risk.
    public static let assessFraud = ActivityType<PaymentRequest, FraudAssessment>("fraud.assess")
    /// Hands the payment to the gateway, with the payment id as idempotency key.
    ///
    /// Throws ``GatewayFailure/declined`` when the gateway says no for good.
    public static let submit = ActivityType<PaymentRequest, GatewaySubmission>("gateway.submit")
    /// Makes the gateway forget the payment; does nothing when it never heard of it.
    public static let void = ActivityType<PaymentRequest, NoValue>("gateway.void")
    /// Publishes how the payment ended.
    public static let publishOutcome = ActivityType<OutcomeAnnouncement, NoValue>("events.publish-outcome")
    /// Tells the user by one channel how the payment ended, and publishes that it was told.
    public static let notify = ActivityType<NotificationOrder, NoValue>("notifications.send")
}

/// Whether the ledger lets a payment through.
public struct ValidationResult: Codable, Sendable, Hashable {
    /// Nil when it does.
    public var refusal: Refusal?

    public init(refusal: Refusal?) { self.refusal = refusal }

    public static let accepted = ValidationResult(refusal: nil)

    public static func refused(_ code: ReasonCode, _ reason: String) -> ValidationResult {
        .init(refusal: Refusal(code: code, reason: reason))
    }
}

/// A no, and why.
public struct Refusal: Codable, Sendable, Hashable {
    public var code: ReasonCode
    /// For people; without anything that identifies a person or a card.
    public var reason: String

    public init(code: ReasonCode, reason: String) {
        self.code = code
        self.reason = reason
    }
}

public struct FraudAssessment: Codable, Sendable, Hashable {
    public var isSuspicious: Bool
    /// From 0, harmless, to 100.
    public var score: Int
    public var reason: String

    public init(isSuspicious: Bool, score: Int, reason: String) {
        self.isSuspicious = isSuspicious
        self.score = score
        self.reason = reason
    }
}

public struct GatewaySubmission: Codable, Sendable, Hashable {
    public var reference: String

    public init(reference: String) { self.reference = reference }
}

/// The types of ``ApplicationFailure`` that ``PaymentActivities/submit`` throws.
public enum GatewayFailure {
    /// The gateway refused; another attempt is of no use.
    public static let declined = "GatewayDeclined"
    /// The gateway could not be reached, or what came of the call is unknown.
    public static let unavailable = "GatewayUnavailable"
}

public struct OutcomeAnnouncement: Codable, Sendable, Hashable {
    public var request: PaymentRequest
    public var result: PaymentResult

    public init(request: PaymentRequest, result: PaymentResult) {
        self.request = request
        self.result = result
    }
}

public struct NotificationOrder: Codable, Sendable, Hashable {
    public enum Channel: String, Codable, Sendable, CaseIterable { case email, sms }

    public var channel: Channel
    public var announcement: OutcomeAnnouncement

    public init(channel: Channel, announcement: OutcomeAnnouncement) {
        self.channel = channel
        self.announcement = announcement
    }
}
