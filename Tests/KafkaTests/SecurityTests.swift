import Kafka
import Testing

@Suite("Security settings")
struct SecurityTests {
    private func refused(_ security: KafkaSecurity) -> String? {
        guard
            case .invalidConfiguration(let property, _) = #expect(
                throws: KafkaError.self, performing: { try security.properties() })
        else { return nil }
        return property
    }

    private func sasl(_ connectionProtocol: KafkaSecurity.ConnectionProtocol = .saslSSL) -> KafkaSecurity {
        var security = KafkaSecurity(connectionProtocol)
        security.mechanism = .scramSHA512
        security.username = "ann"
        security.password = "secret"
        return security
    }

    @Test("TLS, mutual TLS and SASL become librdkafka's properties, which a client takes")
    func properties() async throws {
        #expect(try KafkaSecurity().properties() == ["security.protocol": "plaintext"])
        var security = sasl()
        security.authorities = "ca.pem"
        #expect(
            try security.properties() == [
                "security.protocol": "sasl_ssl", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "ann",
                "sasl.password": "secret", "ssl.ca.location": "ca.pem",
            ])
        var mutual = KafkaSecurity(.ssl)
        mutual.certificate = "client.pem"
        mutual.key = "client.key"
        mutual.keyPassword = "secret"
        #expect(try mutual.properties()["ssl.key.location"] == "client.key")
        for mechanism in KafkaSecurity.Mechanism.allCases {
            var security = sasl(.saslPlaintext)
            security.mechanism = mechanism
            let producer = try KafkaProducer(
                KafkaConfiguration(bootstrapServers: "127.0.0.1:1", properties: security.properties()))
            await producer.close(timeout: .zero)
        }
    }

    @Test("Settings that contradict each other are refused by the name of the property, and never with its value")
    func contradictions() {
        var plaintext = KafkaSecurity(.plaintext)
        plaintext.password = "secret"
        #expect(refused(plaintext) == "sasl.password")
        var unencrypted = sasl(.saslPlaintext)
        unencrypted.authorities = "ca.pem"
        #expect(refused(unencrypted) == "ssl.ca.location")
        var nameless = sasl()
        nameless.username = nil
        #expect(refused(nameless) == "sasl.username")
        var empty = sasl()
        empty.password = ""
        #expect(refused(empty) == "sasl.password")
        var keyless = KafkaSecurity(.ssl)
        keyless.certificate = "client.pem"
        #expect(refused(keyless) == "ssl.key.location")
        var unproven = KafkaSecurity(.ssl)
        unproven.key = "client.key"
        #expect(refused(unproven) == "ssl.certificate.location")
    }
}
