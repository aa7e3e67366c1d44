/// How the connection to the brokers is protected, and who connects.
public struct KafkaSecurity: Sendable {
    /// Kafka's `security.protocol`.
    public enum ConnectionProtocol: String, Sendable, CaseIterable {
        /// Neither encryption nor authentication: for brokers on the same machine or a trusted network.
        case plaintext
        /// TLS, with the brokers' certificates and host names checked.
        case ssl
        /// SASL without encryption: for a trusted network.
        case saslPlaintext = "sasl_plaintext"
        /// SASL over TLS.
        case saslSSL = "sasl_ssl"
    }

    /// How a user proves who it is.
    public enum Mechanism: String, Sendable, CaseIterable {
        case plain = "PLAIN"
        case scramSHA256 = "SCRAM-SHA-256"
        case scramSHA512 = "SCRAM-SHA-512"
    }

    public var connectionProtocol: ConnectionProtocol
    /// The PEM file of the authorities that may sign the brokers' certificates; the system's if `nil`.
    public var authorities: String?
    /// The PEM files of this client's own certificate and private key, for brokers that ask for one (mutual TLS).
    public var certificate: String?
    public var key: String?
    /// What the private key is encrypted with.
    public var keyPassword: String?
    public var mechanism: Mechanism?
    public var username: String?
    public var password: String?

    public init(_ connectionProtocol: ConnectionProtocol = .plaintext) {
        self.connectionProtocol = connectionProtocol
    }

    /// The librdkafka properties that say the same.
    ///
    /// - Throws: ``KafkaError/invalidConfiguration(property:reason:)`` for settings that contradict each other: what
    ///   would be left unused may be what somebody relies on.
    public func properties() throws -> [String: String] {
        let isEncrypted = connectionProtocol == .ssl || connectionProtocol == .saslSSL
        let isSASL = connectionProtocol == .saslPlaintext || connectionProtocol == .saslSSL
        let tls = [
            "ssl.ca.location": authorities, "ssl.certificate.location": certificate, "ssl.key.location": key,
            "ssl.key.password": keyPassword,
        ]
        let sasl = ["sasl.mechanism": mechanism?.rawValue, "sasl.username": username, "sasl.password": password]
        for (name, value) in tls.sorted(by: { $0.key < $1.key }) where value != nil && !isEncrypted {
            throw refusal(name, "the security protocol is \(connectionProtocol.rawValue), which has no TLS")
        }
        for (name, value) in sasl.sorted(by: { $0.key < $1.key }) {
            if value != nil, !isSASL {
                throw refusal(name, "the security protocol is \(connectionProtocol.rawValue), which has no SASL")
            }
            if isSASL, value?.isEmpty ?? true {
                throw refusal(name, "it is missing; the security protocol \(connectionProtocol.rawValue) needs it")
            }
        }
        if certificate != nil, key == nil { throw refusal("ssl.key.location", "the certificate has no private key") }
        if key != nil, certificate == nil {
            throw refusal("ssl.certificate.location", "the private key has no certificate")
        }
        if keyPassword != nil, key == nil { throw refusal("ssl.key.password", "there is no private key") }
        return tls.merging(sasl) { $1 }.compactMapValues { $0 }
            .merging(["security.protocol": connectionProtocol.rawValue]) { $1 }
    }

    private func refusal(_ property: String, _ reason: String) -> KafkaError {
        .invalidConfiguration(property: property, reason: reason)
    }
}
