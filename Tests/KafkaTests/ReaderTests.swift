import Kafka
import Testing
import WaitingTestSupport

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
