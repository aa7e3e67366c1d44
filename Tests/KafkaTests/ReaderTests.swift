import Synchronization
import Testing
import WaitingTestSupport

@testable import Kafka

@Suite("Reader without a group", .timeLimit(.minutes(5)))
struct ReaderTests {
    @Test("It sees every record of every partition, says when it has caught up, and goes on with new ones")
    func everything() async throws {
        try await withCluster(topics: ["first": 3, "second": 2]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            try await send(500, to: producer, width: 50) { number in
                ProducerRecord(topic: number % 2 == 0 ? "first" : "second", key: "\(number)", value: [1])
            }
            let reader = try await KafkaReader(configuration, topics: ["first", "second"])
            var keys: Set<[UInt8]?> = []
            var ended: Set<TopicPartition> = []
            for await event in reader.events {
                switch event {
                case .records(let records): keys.formUnion(records.map(\.key))
                case .endOfPartition(let partition, _): ended.insert(partition)
                case .warning(let error): Issue.record(error)
                }
                if ended.count == 5 { break }
            }
            #expect(keys.count == 500)
            _ = try await producer.send(ProducerRecord(topic: "first", key: "late", value: [2]))
            #expect(await read(reader) { !$0.isEmpty }.map(\.value) == [[2]])
            await reader.close()
            await producer.close()
        }
    }

    @Test("Started some records before the end, it sees those, and all when there are fewer")
    func fromTheLast() async throws {
        try await withCluster(topics: ["events": 1]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            for number in 0..<10 {
                _ = try await producer.send(ProducerRecord(topic: "events", value: [UInt8(number)]))
            }
            for (count, first) in [(Int64(3), UInt8(7)), (1_000, 0)] {
                let reader = try await KafkaReader(configuration, topics: ["events"], from: .last(count))
                let records = await read(reader) { $0.count == 10 - Int(first) }
                #expect(records.map(\.value) == (first..<10).map { [$0] })
                await reader.close()
            }
            await producer.close()
        }
    }

    @Test("Started at the end, it sees only what is sent afterwards")
    func fromTheEnd() async throws {
        try await withCluster(topics: ["events": 2]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            try await send(10, to: producer, width: 10) { _ in ProducerRecord(topic: "events", value: [0]) }
            let reader = try await KafkaReader(configuration, topics: ["events"], from: .end)
            try await send(10, to: producer, width: 10) { _ in ProducerRecord(topic: "events", value: [1]) }
            let records = await read(reader) { $0.count == 10 }
            #expect(records.allSatisfy { $0.value == [1] })
            await reader.close()
            await producer.close()
        }
    }

    @Test("Partitions that a topic gets are read from their oldest record, wherever the reader started")
    func growth() async throws {
        try await withGrowingTopic { configuration, grow in
            for start in [KafkaReader.Start.end, .last(1), .beginning] {
                let (growth, show) = grow(.milliseconds(10))
                let reader = try await KafkaReader(configuration, topics: ["events"], from: start, growth: growth)
                #expect(reader.partitions == [TopicPartition(topic: "events", partition: 0)])
                show()
                let records = await read(reader) { $0.count { $0.partition == 1 } == 3 }
                #expect(records.filter { $0.partition == 1 }.map(\.value) == [[0], [1], [2]])
                await reader.close()
            }
        }
    }

    @Test("Asked to look for partitions, it reads those that have come just now") func lookingForPartitions()
        async throws
    {
        try await withGrowingTopic { configuration, grow in
            let (growth, show) = grow(.seconds(3600))
            let reader = try await KafkaReader(configuration, topics: ["events"], growth: growth)
            show()
            try await reader.lookForPartitions()
            #expect(reader.partitions.count == 2)
            #expect(await read(reader) { $0.count == 3 }.count == 3)
            await reader.close()
        }
    }

    /// Runs `body` with a topic of an empty partition and one of three records, the second of which readers don't see before
    /// they are to.
    private func withGrowingTopic(
        _ body: (KafkaConfiguration, _ grow: (Duration) -> (KafkaReader.Growth, show: () -> Void)) async throws -> Void
    ) async throws {
        try await withCluster(topics: ["events": 2]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            for number in 0..<3 {
                _ = try await producer.send(ProducerRecord(topic: "events", partition: 1, value: [UInt8(number)]))
            }
            await producer.close()
            try await body(configuration) { interval in
                let count = Count()
                let growth = KafkaReader.Growth(interval: interval) { handle, topic, timeout in
                    try await handle.partitions(of: topic, timeout: timeout).filter { $0 < count.partitions }
                }
                return (growth, { count.partitions = 2 })
            }
        }
    }

    private final class Count: Sendable {
        private let value = Mutex<Int32>(1)
        var partitions: Int32 {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }

    @Test("A slow reader holds a bounded number of records and still gets all of them")
    func backpressure() async throws {
        try await withCluster(topics: ["events": 1]) { _, configuration in
            let producer = try KafkaProducer(configuration)
            try await send(8000, to: producer, width: 1000) { _ in
                ProducerRecord(topic: "events", value: [UInt8](repeating: 0, count: 100))
            }
            var slow = configuration
            slow.properties["fetch.message.max.bytes"] = "50000"
            let reader = try await KafkaReader(slow, topics: ["events"], maximumBatch: 50, readAhead: 2000)
            try await eventually { reader.waitingRecords >= 2000 }
            var most = reader.waitingRecords
            var offsets: [Int64] = []
            for await case .records(let batch) in reader.events {
                #expect(batch.count <= 50)
                offsets += batch.map(\.offset)
                most = max(most, reader.waitingRecords)
                if offsets.count >= 8000 { break }
            }
            #expect(offsets == Array(0..<8000))
            // 2000, and what one fetch brings on top.
            #expect(most < 3000)
            await reader.close()
            await producer.close()
        }
    }

    @Test("Closing ends the events")
    func closing() async throws {
        try await withCluster(topics: ["events": 1]) { _, configuration in
            let reader = try await KafkaReader(configuration, topics: ["events"])
            let reading = Task { for await _ in reader.events {} }
            await reader.close()
            await reading.value
        }
    }

    @Test("Cancelling the task that reads ends its loop, and another one can go on")
    func cancellation() async throws {
        try await withCluster(topics: ["events": 1]) { _, configuration in
            let reader = try await KafkaReader(configuration, topics: ["events"])
            let reading = Task { await read(reader) { _ in false } }
            reading.cancel()
            #expect(await reading.value.isEmpty)
            let producer = try KafkaProducer(configuration)
            _ = try await producer.send(ProducerRecord(topic: "events", value: [9]))
            #expect(await read(reader) { !$0.isEmpty }.map(\.value) == [[9]])
            await reader.close()
            await producer.close()
        }
    }
}
