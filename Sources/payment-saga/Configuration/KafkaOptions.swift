import ArgumentParser
import Kafka
import Logging

/// Where Kafka is.
struct KafkaOptions: ParsableArguments {
    @Option(
        help: Setting.kafkaBootstrapServers.help("Kafka's brokers, separated by commas", valueName: "host:port,…"))
    var kafkaBootstrapServers: String?

    @Option(
        help: Setting.kafkaProperties.help(
            "Further librdkafka properties, separated by semicolons, such as security.protocol=SSL;ssl.ca.location=ca.pem",
            valueName: "name=value;…"))
    var kafkaProperties: String?

    var given: [Setting: String?] {
        [.kafkaBootstrapServers: kafkaBootstrapServers, .kafkaProperties: kafkaProperties]
    }
}

extension Settings {
    /// - Throws: ``CommandFailure`` naming the part that is no property; never its value, which may be a password.
    func kafkaProperties() throws(CommandFailure) -> [String: String] {
        var properties: [String: String] = [:]
        for part in (text(.kafkaProperties) ?? "").split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else {
                throw CommandFailure(
                    "--\(Setting.kafkaProperties.rawValue) (\(Setting.kafkaProperties.variable)) must be name=value pairs"
                        + " separated by semicolons; part \(properties.count + 1) has no value",
                    status: CommandFailure.badSetting)
            }
            properties[String(pair[0])] = String(pair[1])
        }
        return properties
    }

    /// The cluster, which has answered.
    /// - Throws: ``CommandFailure`` when no server is given; ``KafkaError/unreachable(servers:reason:)``.
    func reachableKafka(client: String, logger: Logger) async throws -> KafkaConfiguration {
        let configuration = KafkaConfiguration(
            bootstrapServers: try requiredText(.kafkaBootstrapServers), clientID: "payment-saga-\(client)",
            properties: try kafkaProperties(), logger: logger)
        try await configuration.waitUntilReachable()
        return configuration
    }
}
