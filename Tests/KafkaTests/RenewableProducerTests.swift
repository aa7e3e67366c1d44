import Kafka
import Testing

@Suite("Renewable producer", .timeLimit(.minutes(5)))
struct RenewableProducerTests {
    @Test("After a fatal error the next record goes out with another producer, and until then the failure is known")
    func renewed() async throws {
        try await withCluster(topics: ["events": 1]) { cluster, configuration in
            // The broker refuses to give out an id for the producer's sequence.
            try cluster.failNext(.initProducerID, with: [KafkaErrorCode(rawValue: 31)])
            let producer = try RenewableProducer(configuration)
            let record = ProducerRecord(topic: "events", key: "a", value: [1])
            let error = await #expect(throws: KafkaError.self) { _ = try await producer.send(record) }
            guard case .fatal = error else {
                Issue.record("not fatal: \(String(describing: error))")
                return
            }
            #expect(producer.failure != nil)
            _ = try await producer.send(record)
            #expect(producer.failure == nil)
            await producer.close()
            await #expect(throws: KafkaError.closed(client: "the Kafka producer")) {
                _ = try await producer.send(record)
            }
        }
    }
}
