import Kafka
import Testing
import WaitingTestSupport

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

    @Test("It is replaced as well after a fatal error that came while nothing was sent")
    func renewedWhileIdle() async throws {
        try await withCluster(topics: ["events": 1]) { cluster, configuration in
            try cluster.failNext(.initProducerID, with: [KafkaErrorCode(rawValue: 31)])
            let producer = try RenewableProducer(configuration)
            try await producer.prepare(topics: ["events"])
            let record = ProducerRecord(topic: "events", key: "a", value: [1])
            try await eventually {
                do {
                    _ = try await producer.send(record)
                    return producer.failure == nil
                } catch let error as KafkaError {
                    guard case .fatal = error else { throw error }
                    return false
                }
            }
            await producer.close()
        }
    }

    @Test("It tells how far each partition of a topic reaches") func ends() async throws {
        try await withCluster(brokers: 3, topics: ["events": 6]) { _, configuration in
            let producer = try RenewableProducer(configuration)
            for partition in 1..<6 {
                for _ in 0..<partition {
                    _ = try await producer.send(
                        ProducerRecord(topic: "events", partition: Int32(partition), value: [1]))
                }
            }
            let ends = try await producer.ends(of: "events")
            #expect(ends.count == 6 && ends.allSatisfy { $0.value == Int64($0.key.partition) })
            await producer.close()
        }
    }
}
