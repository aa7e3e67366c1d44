import Kafka
import Testing

/// Runs `body` with a mock cluster and stops it afterwards.
func withCluster(
    brokers: Int = 1,
    topics: [String: Int],
    _ body: (MockKafkaCluster, KafkaConfiguration) async throws -> Void
) async throws {
    let cluster = try MockKafkaCluster(brokers: brokers)
    for (topic, partitions) in topics { try cluster.createTopic(topic, partitions: partitions) }
    do {
        try await body(cluster, KafkaConfiguration(bootstrapServers: cluster.bootstrapServers))
    } catch {
        await cluster.close()
        throw error
    }
    await cluster.close()
}

/// Sends records `0..<count`, `width` at a time, and returns where each went.
@discardableResult
func send(
    _ count: Int,
    to producer: KafkaProducer,
    width: Int,
    _ record: @escaping @Sendable (Int) -> ProducerRecord
) async throws -> [KafkaDelivery] {
    try await withThrowingTaskGroup(of: (Int, KafkaDelivery).self) { group in
        var deliveries = [KafkaDelivery?](repeating: nil, count: count)
        var next = 0
        func addOne() {
            guard next < count else { return }
            let number = next
            next += 1
            group.addTask { (number, try await producer.send(record(number))) }
        }
        for _ in 0..<width { addOne() }
        while let (number, delivery) = try await group.next() {
            deliveries[number] = delivery
            addOne()
        }
        return try deliveries.map { try #require($0) }
    }
}

/// Reads until `isEnough` says so of what has been read.
func read(_ reader: KafkaReader, until isEnough: ([KafkaRecord]) -> Bool) async -> [KafkaRecord] {
    var records: [KafkaRecord] = []
    for await case .records(let batch) in reader.events {
        records += batch
        if isEnough(records) { break }
    }
    return records
}

func text(_ bytes: [UInt8]?) -> String? {
    bytes.flatMap { String(validating: $0, as: UTF8.self) }
}
