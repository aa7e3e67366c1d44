import Kafka
import Testing
import WaitingTestSupport

@Suite("Producer", .timeLimit(.minutes(5)))
struct ProducerTests {
    @Test("Ten thousand awaited sends, a thousand in flight, are each stored once")
    func manyInFlight() async throws {
        try await withCluster(topics: ["events": 4]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            let deliveries = try await send(10_000, to: producer, width: 1000) { number in
                ProducerRecord(topic: "events", key: "key-\(number % 97)", value: Array("\(number)".utf8))
            }
            #expect(Set(deliveries).count == 10_000)
            let reader = try await KafkaReader(configuration, topics: ["events"])
            let records = await read(reader) { $0.count == 10_000 }
            for record in records {
                let number = try #require(text(record.value).flatMap { Int($0) })
                #expect(deliveries[number] == KafkaDelivery(partition: record.partition, offset: record.offset))
            }
            await reader.close()
            await producer.close()
        }
    }

    @Test("A full queue makes senders wait, and every record gets through")
    func fullQueue() async throws {
        try await withCluster(topics: ["events": 2]) { _, configuration in
            let producer = try KafkaProducer(configuration, queueLimit: 5)
            let deliveries = try await send(1000, to: producer, width: 300) { number in
                ProducerRecord(topic: "events", value: Array("\(number)".utf8))
            }
            #expect(Set(deliveries).count == 1000)
            await producer.close()
        }
    }

    @Test("Cancelling a sender that waits for room ends its wait; closing fails what could not be delivered")
    func cancelAndClose() async throws {
        try await withCluster(topics: ["events": 1]) { cluster, configuration in
            let producer = try KafkaProducer(configuration, queueLimit: 1)
            _ = try await producer.send(ProducerRecord(topic: "events", value: []))
            try cluster.takeDown()
            let queued = Task { try await producer.send(ProducerRecord(topic: "events", value: [1])) }
            try await eventually { producer.unacknowledged == 1 }
            let waiting = Task { try await producer.send(ProducerRecord(topic: "events", value: [2])) }
            try await eventually { producer.unacknowledged == 2 }
            queued.cancel()
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(producer.unacknowledged == 1)
            await producer.close(timeout: .milliseconds(50))
            let error = await #expect(throws: KafkaError.self) { try await queued.value }
            #expect([.purgedQueue, .purgedInFlight].contains(error?.code))
            await #expect(throws: KafkaError.closed(client: "the Kafka producer")) {
                try await producer.send(ProducerRecord(topic: "events", value: [3]))
            }
        }
    }

    @Test("Closing waits for what is still on its way")
    func closeFlushes() async throws {
        try await withCluster(topics: ["events": 1]) { cluster, configuration in
            let producer = try KafkaProducer(configuration)
            _ = try await producer.send(ProducerRecord(topic: "events", value: []))
            try cluster.takeDown()
            let sends = Task {
                try await send(20, to: producer, width: 20) { ProducerRecord(topic: "events", value: [UInt8($0)]) }
            }
            try await eventually { producer.unacknowledged == 20 }
            try cluster.bringUp()
            await producer.close()
            #expect(try await sends.value.count == 20)
        }
    }

    @Test("Broker errors, broken connections and leader changes lose nothing and keep each key's order")
    func faults() async throws {
        try await withCluster(brokers: 3, topics: ["events": 3]) { cluster, configuration in
            let producer = try KafkaProducer(configuration)
            let reader = try await KafkaReader(configuration, topics: ["events"])
            let reading = Task { await read(reader) { Set($0.map(\.value)).count == 3000 } }
            try cluster.failNext(.produce, with: [.notEnoughReplicas, .transport, .notLeaderForPartition, .transport])
            try cluster.failNext(.fetch, with: [.transport, .notLeaderForPartition, .transport])
            async let sending: Void = withThrowingTaskGroup(of: Void.self) { group in
                for key in 0..<10 {
                    group.addTask {
                        for number in 0..<300 {
                            _ = try await producer.send(
                                ProducerRecord(topic: "events", key: "\(key)", value: Array("\(key)/\(number)".utf8))
                            )
                        }
                    }
                }
                try await group.waitForAll()
            }
            for broker in Int32(1)...3 {
                try cluster.takeDown(broker: broker)
                let partition = TopicPartition(topic: "events", partition: broker - 1)
                try cluster.setLeader(of: partition, to: broker % 3 + 1)
                try await Task.sleep(for: .milliseconds(100))
                try cluster.bringUp(broker: broker)
            }
            try await sending
            let records = await reading.value
            for key in 0..<10 {
                // A record whose acknowledgement was cut off is sent again, and this cluster doesn't recognise it.
                var seen: Set<String> = []
                let values = records.filter { text($0.key) == "\(key)" }.compactMap { text($0.value) }
                #expect(values.filter { seen.insert($0).inserted } == (0..<300).map { "\(key)/\($0)" })
            }
            await reader.close()
            await producer.close()
        }
    }
}
