/// A position in a partition. In a commit it is the offset of the next record to read: one past the last one done.
public struct TopicPartitionOffset: Hashable, Sendable {
    /// The partition.
    public var topicPartition: TopicPartition
    /// The position in it.
    public var offset: Int64

    /// Position `offset` in a partition.
    public init(_ topicPartition: TopicPartition, offset: Int64) {
        self.topicPartition = topicPartition
        self.offset = offset
    }

    /// Position `offset` in partition `partition` of `topic`.
    public init(topic: String, partition: Int32, offset: Int64) {
        self.init(TopicPartition(topic: topic, partition: partition), offset: offset)
    }
}
