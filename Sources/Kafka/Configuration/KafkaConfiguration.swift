public import Logging

/// How to reach a Kafka cluster.
public struct KafkaConfiguration: Sendable {
    /// `host:port` pairs separated by commas; any of them leads to the whole cluster.
    public var bootstrapServers: String
    /// The name this client shows in the brokers' logs and quotas.
    public var clientID: String
    /// Further librdkafka properties, for example `security.protocol`, `sasl.username` or `ssl.ca.location`. They
    /// override the defaults of this module, but not what a client depends on (such as `enable.idempotence`): naming
    /// one of those is refused.
    public var properties: [String: String]
    /// Receives what librdkafka logs; `nil` discards it.
    public var logger: Logger?

    /// Settings for the cluster at `bootstrapServers`.
    public init(
        bootstrapServers: String,
        clientID: String = "swift-kafka",
        properties: [String: String] = [:],
        logger: Logger? = nil
    ) {
        self.bootstrapServers = bootstrapServers
        self.clientID = clientID
        self.properties = properties
        self.logger = logger
    }

    /// Waits until a broker answers, connecting with these settings (TLS and SASL included).
    ///
    /// - Throws: ``KafkaError/unreachable(servers:reason:)`` after `timeout`, with the last failure seen;
    ///   ``KafkaError/invalidConfiguration(property:reason:)``; `CancellationError`.
    public func waitUntilReachable(timeout: Duration = .seconds(10)) async throws {
        let handle = try ClientHandle(.producer, configuration: self, properties: ClientProperties(), name: "probe")
        let result: Result<Void, any Error>
        do {
            result = .success(try await handle.waitUntilReachable(timeout: timeout))
        } catch {
            result = .failure(error)
        }
        await handle.destroy()
        try result.get()
    }
}
