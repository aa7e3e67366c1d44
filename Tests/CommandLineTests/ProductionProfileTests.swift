import Testing

@Suite("The production profile")
struct ProductionProfileTests {
    private static let safe = [
        "PAYMENT_SAGA_PROFILE": "production", "PAYMENT_SAGA_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "PAYMENT_SAGA_KAFKA_SECURITY_PROTOCOL": "ssl", "PAYMENT_SAGA_TEMPORAL_TLS": "true",
        "PAYMENT_SAGA_API_TOKEN": "0123456789abcdef0123456789abcdef", "PAYMENT_SAGA_API_TOKEN_FOR_READS": "true",
        "PAYMENT_SAGA_LEDGER": "postgresql://saga@127.0.0.1:1/ledger?sslmode=verify-full",
        "PAYMENT_SAGA_GATEWAY_URL": "https://gateway.example", "PAYMENT_SAGA_FRAUD_URL": "https://fraud.example",
        "PAYMENT_SAGA_NOTIFICATIONS_URL": "https://notify.example",
    ]

    @Test(
        "refuses each setting that is not safe, and names it",
        arguments: [
            ("bridge", "PAYMENT_SAGA_KAFKA_SECURITY_PROTOCOL", ""), ("bridge", "PAYMENT_SAGA_TEMPORAL_TLS", ""),
            ("worker", "PAYMENT_SAGA_KAFKA_SECURITY_PROTOCOL", "plaintext"),
            ("worker", "PAYMENT_SAGA_TEMPORAL_TLS", "false"), ("worker", "PAYMENT_SAGA_LEDGER", "/tmp/ledger.sqlite"),
            ("worker", "PAYMENT_SAGA_LEDGER", "postgresql://saga@127.0.0.1:1/ledger?sslmode=require"),
            ("worker", "PAYMENT_SAGA_GATEWAY_URL", "http://gateway.example"),
            ("worker", "PAYMENT_SAGA_FRAUD_URL", "http://fraud.example"),
            ("worker", "PAYMENT_SAGA_NOTIFICATIONS_URL", "http://notify.example"),
            ("worker", "PAYMENT_SAGA_INVENTORY_URL", "http://inventory.example"),
            ("worker", "PAYMENT_SAGA_SHIPPING_URL", "http://shipping.example"),
            ("sidecar", "PAYMENT_SAGA_API_TOKEN", ""), ("sidecar", "PAYMENT_SAGA_API_TOKEN", "short"),
            ("sidecar", "PAYMENT_SAGA_API_TOKEN_FOR_READS", ""),
            ("sidecar", "PAYMENT_SAGA_OTLP_ENDPOINT", "http://collector.example:4318"),
        ])
    func refuses(role: String, variable: String, value: String) async throws {
        let program = try Program([role], environment: Self.safe.merging([variable: value]) { $1 })
        #expect(try await program.status() == 78)
        let lines = program.errors.split(separator: "\n")
        #expect(lines.first == "Error: the production profile refuses this configuration:")
        #expect(lines.count == 2, "\(program.errors)")
        let name = variable == "PAYMENT_SAGA_LEDGER" && !value.hasPrefix("postgresql") ? "LEDGER_SOLE_WORKER" : variable
        #expect(lines.last?.contains(name) == true, "\(program.errors)")
    }

    @Test("lists all that is not safe at once")
    func all() async throws {
        let program = try Program(
            ["worker"],
            environment: ["PAYMENT_SAGA_PROFILE": "production", "PAYMENT_SAGA_LEDGER": "/tmp/ledger.sqlite"])
        #expect(try await program.status() == 78)
        #expect(program.errors.split(separator: "\n").count == 4, "\(program.errors)")
    }

    @Test("lets safe settings through", arguments: ["bridge", "worker", "sidecar"])
    func safe(role: String) async throws {
        let program = try Program([role, "--log-level", "critical"], environment: Self.safe)
        // It goes on to connect, and finds nobody there.
        #expect(try await program.status() != 78)
        #expect(!program.errors.contains("profile"))
    }

    @Test("leaves it to others who may read payments, where that is said")
    func openReads() async throws {
        let program = try Program(
            ["sidecar", "--log-level", "critical"],
            environment: Self.safe.merging(["PAYMENT_SAGA_API_TOKEN_FOR_READS": "false"]) { $1 })
        #expect(try await program.status() != 78)
        #expect(!program.errors.contains("profile"))
    }

    @Test("has no place for simulated providers")
    func simulators() async throws {
        let program = try Program(["simulators"], environment: Self.safe)
        #expect(try await program.status() == 78)
        #expect(program.errors.contains("simulators are no providers"))
    }

    @Test("is told when its name is unknown")
    func unknown() async throws {
        let program = try Program(["bridge", "--profile", "prod"])
        #expect(try await program.status() == 78)
        #expect(program.errors.contains("\"prod\": it must be development or production"))
    }
}
