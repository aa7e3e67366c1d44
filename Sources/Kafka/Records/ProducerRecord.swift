/// A record to be sent.
public struct ProducerRecord: Hashable, Sendable {
    /// The topic to send to.
    public var topic: String
    /// `nil` lets the key choose, as Java clients do (murmur2); records without a key are spread at random.
    public var partition: Int32?
    /// The key; records of one key keep their order. `nil` for none.
    public var key: [UInt8]?
    /// The payload; `nil` sends a tombstone.
    public var value: [UInt8]?
    /// The headers, in order; names may repeat.
    public var headers: [KafkaHeader]
    /// Milliseconds since 1970 (UTC); `nil` takes the time of sending.
    public var timestamp: Int64?

    /// A record of bytes.
    public init(
        topic: String,
        partition: Int32? = nil,
        key: [UInt8]? = nil,
        value: [UInt8]?,
        headers: [KafkaHeader] = [],
        timestamp: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp = timestamp
    }

    /// A record whose key is text, encoded as UTF-8.
    public init(topic: String, key: String, value: [UInt8]?, headers: [KafkaHeader] = []) {
        self.init(topic: topic, key: Array(key.utf8), value: value, headers: headers)
    }
}
