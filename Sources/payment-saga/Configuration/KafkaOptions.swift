import ArgumentParser
import Kafka
import Logging

/// Where Kafka is.
struct KafkaOptions: ParsableArguments {
    @Option(
        help: Setting.kafkaBootstrapServers.help("Kafka's brokers, separated by commas", valueName: "host:port,…"))
    var kafkaBootstrapServers: String?

    var given: [Setting: String?] { [.kafkaBootstrapServers: kafkaBootstrapServers] }
}

extension Settings {
    /// The cluster, which has answered.
    /// - Throws: ``CommandFailure`` when no server is given; ``KafkaError/unreachable(servers:reason:)``.
    func reachableKafka(client: String, logger: Logger) async throws -> KafkaConfiguration {
        let configuration = KafkaConfiguration(
            bootstrapServers: try requiredText(.kafkaBootstrapServers), clientID: "payment-saga-\(client)",
            logger: logger)
        try await configuration.waitUntilReachable()
        return configuration
    }
}
