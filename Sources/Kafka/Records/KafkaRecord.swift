/// A record as read from a partition.
public struct KafkaRecord: Hashable, Sendable {
    public let topic: String
    public let partition: Int32
    public let offset: Int64
    public let key: [UInt8]?
    /// The payload; `nil` marks a tombstone, which is not the same as an empty payload.
    public let value: [UInt8]?
    public let headers: [KafkaHeader]
    /// Milliseconds since 1970 (UTC), set by the producer or the broker as the topic is configured; `nil` when the
    /// record carries none.
    public let timestamp: Int64?

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

    public var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }

    /// Whether the record deletes its key from a compacted topic.
    public var isTombstone: Bool { value == nil }
}
