public import Temporal

/// What the payment workflow asks of the services around it. The implementations are elsewhere; here are the names, what goes in, and what
/// comes out.
public enum PaymentActivities {
    /// Looks whether the account can pay, and whether the payment has ended before; moves nothing.
    public static let validate = ActivityType<PaymentRequest, Attempted<ValidationResult>>("ledger.validate")
    /// Moves the amount from the user to clearing. What the ledger refuses comes as ``ValidationResult/refusal``, not as an error.
    public static let authorise = ActivityType<PaymentRequest, Attempted<ValidationResult>>("ledger.authorise")
    /// Moves the amount from clearing to the merchant, and tries to have it collected.
    public static let settle = ActivityType<PaymentRequest, Attempted<SettleResult>>("ledger.settle")
    /// Adds a payment that is settled to its merchant's settlement batch; does nothing when it is in one.
    public static let collect = ActivityType<PaymentRequest, Attempted<NoValue>>("settlement.collect")
    /// Moves the amount back from clearing to the user; does nothing when it was never authorised, and sees to it that it never will be.
    public static let returnFunds = ActivityType<PaymentRequest, Attempted<NoValue>>("ledger.return-funds")
    /// Carries out in the ledger what had been given back: from the user to the merchant, all or nothing in the end.
    public static let reinstate = ActivityType<PaymentRequest, Attempted<ValidationResult>>("ledger.reinstate")
    /// Scores the payment's risk.
    public static let assessFraud = ActivityType<PaymentRequest, FraudAssessment>("fraud.assess")
    /// Hands the payment to the gateway, with the payment id as idempotency key. Never answers ``GatewayResult/absent``.
    ///
    /// Throws ``GatewayFailure/unavailable`` when the gateway certainly has no charge, and another attempt may help.
    public static let submit = ActivityType<PaymentRequest, Attempted<GatewayResult>>("gateway.submit")
    /// Asks the gateway what became of the payment, again and again until it knows. Never answers ``GatewayResult/unknown(reason:)``.
    public static let inquire = ActivityType<PaymentRequest, Attempted<GatewayResult>>("gateway.inquire")
    /// Makes the gateway forget the payment; does nothing when it never heard of it.
    public static let void = ActivityType<PaymentRequest, Attempted<NoValue>>("gateway.void")
    /// Has the gateway give back what it took in spite of all; does nothing when it took nothing.
    public static let refund = ActivityType<PaymentRequest, Attempted<NoValue>>("gateway.refund")
    /// Publishes how the payment ended.
    public static let publishOutcome = ActivityType<OutcomeAnnouncement, Attempted<NoValue>>("events.publish-outcome")
    /// Tells the user by one channel how the payment ended, and publishes that it was told.
    public static let notify = ActivityType<NotificationOrder, Attempted<NoValue>>("notifications.send")
    /// Looks up a payment that has ended, by its id.
    public static let recall = ActivityType<String, EndedPayment>("payments.recall")
}

/// What an activity returned, and how many attempts that took.
public struct Attempted<Value: Codable & Sendable>: Codable, Sendable {
    public var value: Value
    /// From 1.
    public var attempt: Int

    public init(_ value: Value, attempt: Int = 1) {
        self.value = value
        self.attempt = attempt
    }
}

extension Attempted: Equatable where Value: Equatable {}

extension Activities {
    /// Registers an activity that tells which attempt succeeded.
    public mutating func register<Input, Value>(
        counting type: ActivityType<Input, Attempted<Value>>,
        _ body: @escaping @Sendable (Input, ActivityContext) async throws -> Value
    ) {
        register(type) { input, context in Attempted(try await body(input, context), attempt: context.attempt) }
    }
}

/// Whether the ledger lets a payment through.
public struct ValidationResult: Codable, Sendable, Hashable {
    /// What the ledger has of a payment whose workflow Temporal has forgotten.
    public enum Earlier: String, Codable, Sendable {
        /// The merchant has the money.
        case succeeded
        /// It was given up, and the user has the money.
        case ended
        /// The id stands for another payment.
        case other
    }

    /// Nil when it does.
    public var refusal: Refusal?
    /// Nil unless a request comes again after its payment has ended, or an id is used again.
    public var earlier: Earlier?

    public init(refusal: Refusal?, earlier: Earlier? = nil) {
        self.refusal = refusal
        self.earlier = earlier
    }

    public static let accepted = ValidationResult(refusal: nil)

    public static func refused(_ code: ReasonCode, _ reason: String) -> ValidationResult {
        .init(refusal: Refusal(code: code, reason: reason))
    }
}

/// What became of a settled payment besides.
public struct SettleResult: Codable, Sendable, Hashable {
    /// True when its merchant's settlement could not be told at once; nil otherwise.
    public var isLeftToCollect: Bool?

    public init(isLeftToCollect: Bool = false) { self.isLeftToCollect = isLeftToCollect ? true : nil }
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

/// What the gateway says of a payment, or that it could not be made to say it.
public enum GatewayResult: Codable, Sendable, Hashable {
    /// It took the charge, and calls it by this reference.
    case accepted(reference: String)
    /// It refuses for good; the reason is for people.
    case declined(reason: String)
    /// It has no charge of this payment.
    case absent
    /// It may have taken the charge or not: ask it before anything is decided.
    case unknown(reason: String)
}

/// The types of `ApplicationFailure` that the gateway's activities throw.
public enum GatewayFailure {
    /// The gateway could not be reached, and did not take the payment.
    public static let unavailable = "GatewayUnavailable"
}

/// A payment whose workflow has ended.
public struct EndedPayment: Codable, Sendable, Hashable {
    public var input: PaymentInput
    public var result: PaymentResult

    public init(input: PaymentInput, result: PaymentResult) {
        self.input = input
        self.result = result
    }
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
