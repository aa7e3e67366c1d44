/// What a ``KafkaReader`` hands out.
public enum KafkaReaderEvent: Sendable {
    /// Records in order per partition, never empty.
    case records([KafkaRecord])
    /// All records before `offset` have been handed out; comes again each time the reader has caught up.
    case endOfPartition(TopicPartition, offset: Int64)
    /// Something failed that the reader recovers from by itself.
    case warning(KafkaError)
}
