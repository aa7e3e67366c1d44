import Kafka
import Testing
import WaitingTestSupport

@Suite("A producer that is prepared for topics", .timeLimit(.minutes(5)))
struct PreparationTests {
    @Test("sends to them")
    func prepared() async throws {
        try await withCluster(brokers: 3, topics: ["events": 4, "others": 1]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            try await producer.prepare(topics: ["events", "others"])
            #expect(try await producer.send(ProducerRecord(topic: "others", value: [1])).partition == 0)
            await producer.close()
            await #expect(throws: KafkaError.closed(client: "the Kafka producer")) {
                try await producer.prepare(topics: ["events"])
            }
        }
    }

    @Test("waits for one that the cluster makes, and names one that it never makes")
    func missing() async throws {
        try await withCluster(topics: ["events": 1, "missing": 1]) { cluster, configuration in
            let producer = try KafkaProducer(configuration)
            try cluster.failLookups(of: "missing", with: .unknownTopicOrPartition)
            await #expect(throws: KafkaError.unknownTopic("missing")) {
                try await producer.prepare(topics: ["events", "missing"], timeout: .milliseconds(300))
            }
            let waiting = Task { try await producer.prepare(topics: ["missing"], timeout: .seconds(60)) }
            try cluster.failLookups(of: "missing", with: nil)
            try await waiting.value
            await producer.close()
        }
    }

    @Test("names one that it may not see, at once")
    func hidden() async throws {
        try await withCluster(topics: ["hidden": 1]) { cluster, configuration in
            let producer = try KafkaProducer(configuration)
            try cluster.failLookups(of: "hidden", with: .topicAuthorizationFailed)
            let refusal = KafkaError.failed(operation: "look up 'hidden'", code: .topicAuthorizationFailed)
            await #expect(throws: refusal) {
                try await producer.prepare(topics: ["hidden"], timeout: .seconds(3600))
            }
            await producer.close()
        }
    }
}
