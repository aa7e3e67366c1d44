public import HTTPServing
public import Kafka
public import PaymentEvents

/// Where the simulated providers listen and how they behave.
public struct SimulatorsConfiguration: Sendable {
    /// The address to listen on; loopback unless given.
    public var host: String

    /// The port to listen on; 0 takes a free one.
    public var port: Int

    /// The cluster that the gateway's confirmations go to.
    public var kafka: KafkaConfiguration

    /// The topics' names; only `confirmations` is used.
    public var topics: Topics

    /// How long after accepting a charge the gateway confirms it.
    public var confirmationDelay: Duration

    /// How long after accepting a charge with ``TestToken/late`` the gateway confirms it.
    public var lateConfirmationDelay: Duration = .seconds(8)

    /// How long the gateway lets callers wait for the answer to a charge with ``TestToken/timeoutAfterAccept``.
    package var lateAnswerDelay: Duration = .seconds(20)

    /// What is served at `/metrics`; nothing unless given.
    public var metrics: MetricsPage?
    /// How long the carrier takes to prepare a shipment.
    package var preparationTime: Duration = .milliseconds(200)

    public init(
        host: String = "127.0.0.1", port: Int = 0, kafka: KafkaConfiguration, topics: Topics = Topics(),
        confirmationDelay: Duration = .milliseconds(200), metrics: MetricsPage? = nil
    ) {
        self.host = host
        self.port = port
        self.kafka = kafka
        self.topics = topics
        self.confirmationDelay = confirmationDelay
        self.metrics = metrics
    }
}
