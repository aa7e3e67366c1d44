internal import Synchronization

/// The partitions a member has, each with the offset of the record expected next.
final class AssignedPartitions: Sendable {
    private let positions = Mutex<[TopicPartition: Int64]>([:])

    var all: [TopicPartition] { positions.withLock { Array($0.keys) } }

    func contains(_ partition: TopicPartition) -> Bool {
        positions.withLock { $0[partition] != nil }
    }

    func add(_ partitions: [TopicPartition]) {
        positions.withLock { positions in
            for partition in partitions { positions[partition] = 0 }
        }
    }

    func remove(_ partitions: [TopicPartition]) {
        positions.withLock { positions in
            for partition in partitions { positions[partition] = nil }
        }
    }

    /// The records that are to be handed out: not those of partitions taken away since they were fetched, and not those
    /// that were handed out before, which librdkafka fetches again when a partition is paused at that very moment.
    func accept(_ records: [KafkaRecord]) -> [KafkaRecord] {
        positions.withLock { positions in
            var current: (partition: TopicPartition, next: Int64?)?
            let accepted = records.filter { record in
                let partition = record.topicPartition
                if current?.partition != partition {
                    if let current { positions[current.partition] = current.next }
                    current = (partition, positions[partition])
                }
                guard let next = current?.next, record.offset >= next else { return false }
                current?.next = record.offset + 1
                return true
            }
            if let current { positions[current.partition] = current.next }
            return accepted
        }
    }
}
