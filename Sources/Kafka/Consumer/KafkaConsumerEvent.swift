/// What a ``KafkaConsumer`` hands out.
public enum KafkaConsumerEvent: Sendable {
    /// These partitions are now this member's, in addition to those it had. Their records follow.
    case assigned([TopicPartition])
    /// These partitions go to another member, or the consumer is closing. No more records of theirs follow; commit what
    /// is done, then acknowledge.
    case revoked(KafkaRevocation)
    /// These partitions were taken away without asking (the member was thought dead). Commits for them fail.
    case lost([TopicPartition])
    /// Records in order per partition, never empty. Each offset comes once per assignment.
    case records([KafkaRecord])
    /// All records before `offset` have been handed out; see ``KafkaConsumerConfiguration/reportsEndOfPartition``.
    case endOfPartition(TopicPartition, offset: Int64)
    /// Something failed that the consumer recovers from by itself, such as a broken connection; except for
    /// ``KafkaError/fatal(code:reason:)``, after which it must be replaced.
    case warning(KafkaError)
}
