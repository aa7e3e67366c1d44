public import HTTPServing
public import Kafka
public import PaymentEvents

/// Where the sidecar listens, what it publishes to, and who may change something.
public struct SidecarConfiguration: Sendable {
    /// The address to listen on; loopback unless given.
    public var host: String

    /// The port to listen on; 0 takes a free one.
    public var port: Int

    /// The cluster that payment requests go to, and outcomes are read from.
    public var kafka: KafkaConfiguration

    /// The topics' names; only `requests` and `outcomes` are used.
    public var topics: Topics

    /// The bearer token that calls which change something must carry; nil asks for none, and an empty one matches nothing.
    public var token: String?

    /// Whether calls that read payments must carry the token, too.
    public var tokenGuardsReads: Bool

    /// The origins whose pages may use the sidecar, such as `https://shop.example`; none unless given.
    public var allowedOrigins: [String]

    /// What is served at `/metrics`; nothing unless given.
    public var metrics: MetricsPage?

    public init(
        host: String = "127.0.0.1", port: Int = 8080, kafka: KafkaConfiguration, topics: Topics = Topics(),
        token: String? = nil, tokenGuardsReads: Bool = false, allowedOrigins: [String] = [],
        metrics: MetricsPage? = nil
    ) {
        self.host = host
        self.port = port
        self.kafka = kafka
        self.topics = topics
        self.token = token
        self.tokenGuardsReads = tokenGuardsReads
        self.allowedOrigins = allowedOrigins
        self.metrics = metrics
    }
}
