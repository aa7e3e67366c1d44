/// One partition of a topic.
public struct TopicPartition: Hashable, Sendable {
    public var topic: String
    /// The partition's number, from 0.
    public var partition: Int32

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

extension TopicPartition: CustomStringConvertible {
    /// The usual notation, for example `payments.requests[3]`.
    public var description: String { "\(topic)[\(partition)]" }
}
