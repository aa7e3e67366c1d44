internal import CRdKafka
internal import Synchronization

/// The partitions of some topics that a reader reads, with those that the topics get while it does.
final class ReadPartitions: Sendable {
    /// Tells which partitions a topic has.
    typealias LookUp =
        @Sendable (_ client: ClientHandle, _ topic: String, _ timeout: Duration) async throws -> [Int32]

    private let topics: [(name: String, pointer: ClientHandle.Pointer)]
    private let records: RecordQueue
    private let lookUp: LookUp
    private let started = Mutex<Set<TopicPartition>>([])

    /// - Parameter records: Where what is read goes.
    init(of topics: [String], _ handle: ClientHandle, into records: RecordQueue, lookUp: @escaping LookUp) throws {
        self.topics = try topics.map { name in
            let topic = try handle.use { ClientHandle.Pointer(raw: try ClientHandle.makeTopic(name, $0)) }
            handle.onDestroy { rd_kafka_topic_destroy(topic.raw) }
            return (name, topic)
        }
        self.records = records
        self.lookUp = lookUp
    }

    var all: [TopicPartition] { started.withLock { Array($0) } }

    /// Starts to read those that the topics have.
    func begin(_ start: KafkaReader.Start, _ handle: ClientHandle, timeout: Duration) async throws {
        for topic in topics {
            let found = try await look(at: topic.name, handle, timeout)
            let offsets: [TopicPartition: Int64] =
                switch start {
                case .beginning: [:]
                // Numbers, because librdkafka would look the ends up some time after this call.
                case .end: try await handle.ends(of: found, timeout: timeout)
                case .last(let count): .init(uniqueKeysWithValues: found.map { ($0, Self.tail(count)) })
                }
            try read(found, of: topic.pointer, handle) { offsets[$0] }
        }
    }

    /// Starts to read those that the topics have got since, from their beginnings.
    func grow(_ handle: ClientHandle, timeout: Duration) async throws {
        for topic in topics {
            let found = try await look(at: topic.name, handle, timeout)
            try read(found, of: topic.pointer, handle) { _ in nil }
        }
    }

    private func look(at topic: String, _ handle: ClientHandle, _ timeout: Duration) async throws -> [TopicPartition] {
        try await lookUp(handle, topic, timeout).map { TopicPartition(topic: topic, partition: $0) }
    }

    private static func tail(_ count: Int64) -> Int64 { Int64(RD_KAFKA_OFFSET_TAIL_BASE) - max(0, count) }

    /// - Parameter offset: Where to begin with a partition; nil is its oldest record.
    private func read(
        _ partitions: [TopicPartition], of topic: ClientHandle.Pointer, _ handle: ClientHandle,
        from offset: (TopicPartition) -> Int64?
    ) throws {
        try handle.use { _ in
            for partition in partitions where started.withLock({ $0.insert(partition).inserted }) {
                let (number, offset) = (partition.partition, offset(partition) ?? Int64(RD_KAFKA_OFFSET_BEGINNING))
                guard rd_kafka_consume_start_queue(topic.raw, number, offset, records.pointer.raw) == 0 else {
                    let code = KafkaErrorCode(rd_kafka_last_error())
                    started.withLock { _ = $0.remove(partition) }
                    throw KafkaError.failed(operation: "read \(partition)", code: code)
                }
                handle.onDestroy { rd_kafka_consume_stop(topic.raw, number) }
            }
        }
    }
}
