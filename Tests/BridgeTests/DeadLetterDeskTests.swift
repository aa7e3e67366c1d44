import Foundation
import Kafka
import PaymentEvents
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite(.timeLimit(.minutes(5))) struct DeadLetterDeskTests {
    private let topics = SampleRecords.topics

    /// Signals to payments that nobody knows are put aside when their time is up.
    private func strand(_ records: [ProducerRecord], _ cluster: BridgeCluster) async throws {
        let before = try await desk(cluster).unresolved().count
        try await cluster.send(records)
        try await cluster.withBridge {
            try await eventually { try await desk(cluster).unresolved().count == before + records.count }
        }
    }

    private func confirmations(_ payments: [String]) throws -> [ProducerRecord] {
        try payments.map { try SampleRecords.outgoing(SampleRecords.confirmation($0), to: topics.confirmations) }
    }

    private func desk(_ cluster: BridgeCluster) -> DeadLetterDesk {
        DeadLetterDesk(kafka: cluster.kafka, topic: topics.deadLetters)
    }

    @Test("Replayed letters reach their payment in their order, and are listed no more")
    func replay() async throws {
        try await BridgeCluster.run { cluster in
            let records = try (0..<5).map { try SampleRecords.numberedCancellation("p-1", $0) }
            try await strand(records, cluster)
            let letters = try await desk(cluster).unresolved()
            #expect(letters.map(\.record.value) == records.map(\.value))
            #expect(letters.allSatisfy { $0.reason == "unknown_payment" && $0.firstTime ?? .now < $0.time ?? .now })

            cluster.temporal.add("p-1")
            try await desk(cluster).replay(letters, operator: "ann")
            #expect(try await desk(cluster).unresolved().isEmpty)
            try await cluster.withBridge {
                try await eventually { cluster.temporal.workflows["p-1"]?.signals.count == records.count }
            }
            #expect(try cluster.temporal.workflows["p-1"]?.signals == records.compactMap(SampleRecords.command(of:)))
        }
    }

    @Test("A letter that fails again after its replay is open again, and keeps the time of its first failure")
    func failsAgain() async throws {
        try await BridgeCluster.run { cluster in
            try await strand(confirmations(["p-1"]), cluster)
            let first = try #require(try await desk(cluster).unresolved().first)
            try await desk(cluster).replay([first], operator: "ann")
            try await cluster.withBridge {
                try await eventually { try await desk(cluster).unresolved().count == 1 }
            }
            let second = try #require(try await desk(cluster).unresolved().first)
            #expect(second.id != first.id)
            #expect(second.firstTime == first.firstTime)
            #expect(second.record.value == first.record.value)
            #expect(second.record.headers.count { $0.name == DeadLetterHeader.reason } == 1)
        }
    }

    @Test("What is discarded stays in the topic with who did it, and is listed no more; filters choose")
    func discard() async throws {
        try await BridgeCluster.run { cluster in
            try await strand(confirmations(["p-1", "p-2", "p-3"]), cluster)
            var filter = DeadLetterFilter()
            filter.key = "p-2"
            let chosen = try await desk(cluster).unresolved(filter)
            #expect(chosen.map(\.key) == ["p-2"])
            try await desk(cluster).discard(chosen, operator: "ann")
            #expect(try await desk(cluster).unresolved().compactMap(\.key).sorted() == ["p-1", "p-3"])

            filter = DeadLetterFilter()
            filter.reason = .conflict
            #expect(try await desk(cluster).unresolved(filter).isEmpty)
            filter.reason = .unknownPayment
            filter.topic = topics.confirmations
            filter.since = .distantPast
            #expect(try await desk(cluster).unresolved(filter).count == 2)
            filter.until = .distantPast
            #expect(try await desk(cluster).unresolved(filter).isEmpty)

            let all = try await cluster.deadLetters(4)
            #expect(all.count == 4)
            #expect(all.last?.headers.text(of: DeadLetterHeader.resolution) == "discarded")
            #expect(all.last?.headers.text(of: DeadLetterHeader.operator) == "ann")
        }
    }

    @Test("A letter of which only a part was kept is not replayed") func truncated() async throws {
        try await BridgeCluster.run { cluster in
            let letter = DeadLetter(
                record: KafkaRecord(topic: "payments.requests", partition: 0, offset: 7, value: [1]),
                rejection: Rejection(.oversized, "too large"), time: Date())
            try await cluster.send([letter.truncated(topic: topics.deadLetters)])
            let stored = try await desk(cluster).unresolved()
            let id = try #require(StoredDeadLetter.ID("payments.requests/0/7"))
            #expect(stored.map(\.id) == [id])
            await #expect(throws: DeadLetterError.truncated(id)) {
                try await desk(cluster).replay(stored, operator: "ann")
            }
            #expect(try await desk(cluster).unresolved().count == 1)
        }
    }

    @Test("A letter that is larger than Kafka's usual limit is replayed") func large() async throws {
        try await BridgeCluster.run { cluster in
            let record = KafkaRecord(
                topic: topics.requests, partition: 0, offset: 7, value: [UInt8](repeating: 32, count: 1_500_000))
            let letter = DeadLetter(record: record, rejection: Rejection(.refused, "refused"), time: Date())
            let producer = try KafkaProducer(cluster.kafka.forDeadLetters)
            _ = try await producer.send(letter.whole(topic: topics.deadLetters))
            await producer.close()
            let stored = try await desk(cluster).unresolved()
            #expect(stored.map(\.record.value?.count) == [1_500_000])
            try await desk(cluster).replay(stored, operator: "ann")
            #expect(try await desk(cluster).unresolved().isEmpty)
        }
    }

    @Test("When the topic of one letter can't be written to, none is replayed") func unknownTopic() async throws {
        try await BridgeCluster.run { cluster in
            for topic in [topics.requests, topics.confirmations] {
                let record = KafkaRecord(topic: topic, partition: 0, offset: 7, value: [1])
                let letter = DeadLetter(record: record, rejection: Rejection(.refused, "refused"), time: Date())
                try await cluster.send([letter.whole(topic: topics.deadLetters)])
            }
            let stored = try await desk(cluster).unresolved()
            #expect(stored.count == 2)
            try cluster.cluster.failLookups(of: topics.confirmations, with: .topicAuthorizationFailed)
            await #expect(throws: KafkaError.self) { try await desk(cluster).replay(stored, operator: "ann") }
            #expect(try await desk(cluster).unresolved().count == 2)
        }
    }
}
