import Testing

@Suite("The bridge's settings")
struct BridgeSettingsTests {
    @Test(
        "that can't be used, or contradict each other, end the command at once, by name and without their secrets",
        arguments: [
            (["--kafka-assignment", "sticky"], [:], "--kafka-assignment"),
            (["--kafka-offset-reset", "middle"], [:], "--kafka-offset-reset"),
            (["--maximum-records", "0"], [:], "--maximum-records"),
            (["--retry-budget", "soon"], [:], "--retry-budget"),
            (["--kafka-security-protocol", "tls"], [:], "--kafka-security-protocol"),
            (["--kafka-sasl-username", "ann"], [:], "sasl.username"),
            (["--kafka-security-protocol", "sasl_ssl", "--kafka-sasl-mechanism", "PLAIN"], [:], "sasl.password"),
            ([], ["PAYMENT_SAGA_KAFKA_SASL_PASSWORD": "hush-hush"], "sasl.password"),
            ([], ["PAYMENT_SAGA_KAFKA_SASL_PASSWORD": " "], "Error: PAYMENT_SAGA_KAFKA_SASL_PASSWORD is empty"),
            ([], ["PAYMENT_SAGA_KAFKA_SSL_KEY_PASSWORD": " "], "Error: PAYMENT_SAGA_KAFKA_SSL_KEY_PASSWORD is empty"),
            (["--kafka-security-protocol", "ssl", "--kafka-ssl-key", "key.pem"], [:], "ssl.certificate.location"),
            (["--temporal-tls", "false"], ["PAYMENT_SAGA_TEMPORAL_API_KEY": "hush-hush"], "--temporal-tls"),
            (["--temporal-tls-key", "/etc/hostname"], [:], "--temporal-tls-certificate"),
            (["--temporal-tls-ca", "/nowhere/ca.pem"], [:], "--temporal-tls-ca"),
            (["--temporal-api-key", ""], [:], "--temporal-api-key"),
        ] as [([String], [String: String], String)])
    func refused(arguments: [String], environment: [String: String], name: String) async throws {
        let program = try Program(
            ["bridge", "--kafka-bootstrap-servers", "127.0.0.1:1"] + arguments, environment: environment)
        #expect(try await program.status() == 78)
        #expect(program.errors.contains(name), "\(program.errors)")
        #expect(!program.errors.contains("hush-hush"))
    }
}
