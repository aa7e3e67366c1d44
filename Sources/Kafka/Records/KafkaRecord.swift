/// A record as read from a partition.
public struct KafkaRecord: Hashable, Sendable {
    /// The topic it was read from.
    public let topic: String
    /// The partition it was read from.
    public let partition: Int32
    /// Its position in the partition.
    public let offset: Int64
    /// The key; `nil` for none.
    public let key: [UInt8]?
    /// The payload; `nil` marks a tombstone, which is not the same as an empty payload.
    public let value: [UInt8]?
    /// The headers, in the order they were sent.
    public let headers: [KafkaHeader]
    /// Milliseconds since 1970 (UTC), set by the producer or the broker as the topic is configured; `nil` when the
    /// record carries none.
    public let timestamp: Int64?

    /// A record as it would be read; for tests and conversions.
    public init(
        topic: String,
        partition: Int32,
        offset: Int64,
        key: [UInt8]? = nil,
        value: [UInt8]?,
        headers: [KafkaHeader] = [],
        timestamp: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
    }

    /// The topic and partition it was read from.
    public var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }

    /// Whether the record deletes its key from a compacted topic.
    public var isTombstone: Bool { value == nil }
}
