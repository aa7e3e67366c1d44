import Kafka
import Testing

@Suite("Records", .timeLimit(.minutes(5)))
struct RecordTests {
    @Test("A record comes back as it was sent: key, headers, timestamp, empty values and tombstones")
    func roundTrip() async throws {
        try await withCluster(topics: ["events": 1]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            let headers = [
                KafkaHeader("ce_id", "first"), KafkaHeader("ce_id", "second"),
                KafkaHeader("empty", value: []), KafkaHeader("none", value: nil),
            ]
            let sent = [
                ProducerRecord(
                    topic: "events", key: [0, 255, 7], value: [1, 2, 3], headers: headers, timestamp: 1234),
                ProducerRecord(topic: "events", key: [], value: []),
                ProducerRecord(topic: "events", key: "gone", value: nil),
                ProducerRecord(topic: "events", partition: 0, value: Array("no key".utf8)),
            ]
            for (number, record) in sent.enumerated() {
                #expect(try await producer.send(record) == KafkaDelivery(partition: 0, offset: Int64(number)))
            }
            let reader = try await KafkaReader(configuration, topics: ["events"])
            let records = await read(reader) { $0.count == sent.count }
            #expect(records.map(\.key) == sent.map(\.key))
            #expect(records.map(\.value) == sent.map(\.value))
            #expect(records.map(\.headers) == sent.map(\.headers))
            #expect(records.map(\.isTombstone) == [false, false, true, false])
            #expect(records[0].timestamp == 1234)
            #expect((records[1].timestamp ?? 0) > 1_600_000_000_000)
            #expect(records[0].headers.text(of: "ce_id") == "second")
            #expect(records[0].headers.value(of: "empty") == [])
            #expect(records[0].headers.value(of: "none") == nil)
            await reader.close()
            await producer.close()
        }
    }

    @Test("Records of one key keep their order")
    func orderPerKey() async throws {
        try await withCluster(topics: ["events": 8]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for key in 0..<10 {
                    group.addTask {
                        for number in 0..<30 {
                            let value = number % 7 == 6 ? nil : Array(String(number).utf8)
                            _ = try await producer.send(
                                ProducerRecord(topic: "events", key: "key-\(key)", value: value)
                            )
                        }
                    }
                }
                try await group.waitForAll()
            }
            let reader = try await KafkaReader(configuration, topics: ["events"])
            let records = await read(reader) { $0.count == 300 }
            let expected = (0..<30).map { $0 % 7 == 6 ? nil : String($0) }
            for key in 0..<10 {
                let values = records.filter { text($0.key) == "key-\(key)" }.map { text($0.value) }
                #expect(values == expected)
            }
            await reader.close()
            await producer.close()
        }
    }

    @Test("Keys choose the partitions that Java clients choose")
    func partitioner() async throws {
        // The hashes are those of the Java client's own test of murmur2.
        let hashes: [String: Int32] = [
            "21": -973_932_308, "foobar": -790_332_482, "a-little-bit-long-string": -985_981_536,
            "a-little-bit-longer-string": -1_486_304_829, "abc": 479_470_107,
        ]
        try await withCluster(topics: ["events": 16]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            for (key, hash) in hashes {
                let delivery = try await producer.send(ProducerRecord(topic: "events", key: key, value: []))
                #expect(delivery.partition == (hash & Int32.max) % 16, "key \(key)")
            }
            await producer.close()
        }
    }
}
