/// The names of the Kafka topics.
public struct Topics: Equatable, Sendable {
    /// `PaymentRequested`, keyed by payment id.
    public var requests: String

    /// `GatewayConfirmation`, keyed by payment id.
    public var confirmations: String

    /// `CancellationRequested`, keyed by payment id.
    public var cancellations: String

    /// `PaymentOutcome`, keyed by payment id.
    public var outcomes: String

    /// `NotificationRequested` and `NotificationSent`, keyed by user id; the header `ce_type` tells them apart.
    public var notifications: String

    /// Messages that can't be handled, with their own key and bytes.
    public var deadLetters: String

    /// `OrderPlaced`, keyed by order id.
    public var orderRequests: String

    /// `OrderOutcome`, keyed by order id.
    public var orderOutcomes: String

    /// `SettlementBatch`, keyed by merchant id.
    public var settlements: String

    /// `ReconciliationDifference`, keyed by payment id.
    public var reconciliation: String

    /// The default names, with any of them replaced.
    public init(
        requests: String = "payments.requests",
        confirmations: String = "payments.confirmations",
        cancellations: String = "payments.cancellations",
        outcomes: String = "payments.outcomes",
        notifications: String = "payments.notifications",
        deadLetters: String = "payments.dead-letters",
        orderRequests: String = "orders.requests",
        orderOutcomes: String = "orders.outcomes",
        settlements: String = "settlements.batches",
        reconciliation: String = "reconciliation.differences"
    ) {
        self.requests = requests
        self.confirmations = confirmations
        self.cancellations = cancellations
        self.outcomes = outcomes
        self.notifications = notifications
        self.deadLetters = deadLetters
        self.orderRequests = orderRequests
        self.orderOutcomes = orderOutcomes
        self.settlements = settlements
        self.reconciliation = reconciliation
    }
}
