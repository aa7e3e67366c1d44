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

    @Option(
        help: Setting.kafkaSecurityProtocol.help(
            "plaintext, ssl, sasl_plaintext or sasl_ssl; plaintext unless given", valueName: "protocol"))
    var kafkaSecurityProtocol: String?

    @Option(
        help: Setting.kafkaCA.help(
            "PEM of the authorities that sign the brokers' certificates; the system's unless given", valueName: "file"))
    var kafkaSslCa: String?

    @Option(help: Setting.kafkaCertificate.help("PEM of this client's certificate, for mutual TLS", valueName: "file"))
    var kafkaSslCertificate: String?

    @Option(
        help: Setting.kafkaKey.help(
            "PEM of its private key; if that is encrypted, its password is in \(Setting.kafkaKeyPassword.variable)",
            valueName: "file"))
    var kafkaSslKey: String?

    @Option(
        help: Setting.kafkaMechanism.help("PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", valueName: "mechanism"))
    var kafkaSaslMechanism: String?

    @Option(
        help: Setting.kafkaUsername.help(
            "the SASL user, whose password is in \(Setting.kafkaPassword.variable)", valueName: "name"))
    var kafkaSaslUsername: String?

    var given: [Setting: String?] {
        [
            .kafkaBootstrapServers: kafkaBootstrapServers, .kafkaProperties: kafkaProperties,
            .kafkaSecurityProtocol: kafkaSecurityProtocol, .kafkaCA: kafkaSslCa,
            .kafkaCertificate: kafkaSslCertificate, .kafkaKey: kafkaSslKey, .kafkaMechanism: kafkaSaslMechanism,
            .kafkaUsername: kafkaSaslUsername,
        ]
    }
}

extension Settings {
    /// How Kafka is connected to, as librdkafka's properties have it.
    /// - Throws: ``CommandFailure`` for an unknown name, an empty password, and settings that contradict each other.
    func kafkaConnection() throws(CommandFailure) -> [String: String] {
        let security = try kafkaSecurity()
        do {
            return try security.properties().merging(try kafkaProperties()) { $1 }
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure("\(error)", status: CommandFailure.badSetting)
        }
    }

    /// - Throws: ``CommandFailure`` naming the part that is no property; never its value, which may be a password.
    private func kafkaProperties() throws(CommandFailure) -> [String: String] {
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

    private func kafkaSecurity() throws(CommandFailure) -> KafkaSecurity {
        typealias ConnectionProtocol = KafkaSecurity.ConnectionProtocol
        typealias Mechanism = KafkaSecurity.Mechanism
        var security = KafkaSecurity(
            try value(
                .kafkaSecurityProtocol, default: ConnectionProtocol.plaintext,
                expected: "one of " + ConnectionProtocol.allCases.map(\.rawValue).joined(separator: ", ")
            ) { ConnectionProtocol(rawValue: $0.lowercased()) })
        security.mechanism = try value(
            .kafkaMechanism, default: nil,
            expected: "one of " + Mechanism.allCases.map(\.rawValue).joined(separator: ", ")
        ) { Mechanism(rawValue: $0.uppercased()) }
        security.authorities = text(.kafkaCA)
        security.certificate = text(.kafkaCertificate)
        security.key = text(.kafkaKey)
        security.keyPassword = try secret(.kafkaKeyPassword)
        security.username = text(.kafkaUsername)
        security.password = try secret(.kafkaPassword)
        return security
    }

    /// - Throws: ``CommandFailure`` when no server is given or a setting can't be used.
    func kafka(client: String, logger: Logger) throws(CommandFailure) -> KafkaConfiguration {
        KafkaConfiguration(
            bootstrapServers: try requiredText(.kafkaBootstrapServers), clientID: "payment-saga-\(client)",
            properties: try kafkaConnection(), logger: logger)
    }

    /// The cluster, which has answered.
    /// - Throws: What ``kafka(client:logger:)`` throws; ``KafkaError/unreachable(servers:reason:)``.
    func reachableKafka(client: String, logger: Logger) async throws -> KafkaConfiguration {
        let configuration = try kafka(client: client, logger: logger)
        try await configuration.waitUntilReachable()
        return configuration
    }
}
