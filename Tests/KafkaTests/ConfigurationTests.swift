import Kafka
import Testing

@Suite("Configuration and reachability", .timeLimit(.minutes(5)))
struct ConfigurationTests {
    private func error(_ properties: [String: String]) -> String {
        do {
            _ = try KafkaProducer(KafkaConfiguration(bootstrapServers: "127.0.0.1", properties: properties))
            return "none"
        } catch {
            return "\(error)"
        }
    }

    @Test("An error names the property that can't be used, and no secret")
    func namesTheProperty() {
        #expect(error(["no.such.thing": "1"]).contains("'no.such.thing'"))
        #expect(error(["compression.codec": "zip"]).contains("'compression.codec'"))
        #expect(error(["enable.idempotence": "false"]).contains("'enable.idempotence'"))
        #expect(error(["security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN"]).contains("sasl.username"))
        #expect(!error(["sasl.password": "s3cret", "no.such.thing": "1"]).contains("s3cret"))
        #expect(throws: KafkaError.self) { try KafkaProducer(KafkaConfiguration(bootstrapServers: "")) }
    }

    @Test("A group consumer's configuration is checked when it is made")
    func consumer() {
        let client = KafkaConfiguration(bootstrapServers: "127.0.0.1")
        var slow = KafkaConsumerConfiguration(groupID: "group", topics: ["events"])
        slow.revocationTimeout = slow.maximumPollInterval
        for wrong in [slow, .init(groupID: "", topics: ["events"]), .init(groupID: "group", topics: [])] {
            #expect(throws: KafkaError.self) { try KafkaConsumer(client, wrong) }
        }
    }

    @Test("Waiting for a cluster that isn't there ends with one error that names the servers and the cause")
    func unreachable() async throws {
        let cluster = try MockKafkaCluster()
        let configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
        try await configuration.waitUntilReachable(timeout: .seconds(30))
        await cluster.close()
        let error = await #expect(throws: KafkaError.self) {
            try await configuration.waitUntilReachable(timeout: .seconds(5))
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains(configuration.bootstrapServers))
        #expect(text.contains("Connection refused"), "\(text)")
        await #expect(throws: KafkaError.self) {
            try await KafkaReader(configuration, topics: ["events"], timeout: .milliseconds(300))
        }
    }

    @Test("Waiting for a cluster can be cancelled")
    func cancelled() async throws {
        let cluster = try MockKafkaCluster()
        let configuration = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
        await cluster.close()
        let waiting = Task { try await configuration.waitUntilReachable(timeout: .seconds(600)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
