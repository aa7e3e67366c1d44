/// The headers that a dead letter has besides those of the record it was.
///
/// A dead letter keeps the record's bytes, key and headers. These are appended, all as UTF-8 text; where a record had a
/// header of that name already (having been replayed, say), the last one counts, as always in Kafka:
///
/// | header | value |
/// |---|---|
/// | `dlq_reason` | a ``DeadLetterReason`` |
/// | `dlq_error` | a sentence for people, without personal data and without tokens, of at most 512 characters |
/// | `dlq_topic` | the topic the record came from |
/// | `dlq_partition` | its partition, decimal |
/// | `dlq_offset` | its offset, decimal |
/// | `dlq_time` | when it was dead-lettered: ISO 8601 in UTC, with milliseconds |
/// | `dlq_truncated` | `true`, only if the broker refused the whole as too large |
///
/// A truncated dead letter lacks the record's own headers, its key if that is longer than 1 KiB, and what its value has
/// beyond 16 KiB.
///
/// Topic, partition and offset tell a dead letter from another; one that comes twice, after a crash, has the same.
public enum DeadLetterHeader {
    public static let reason = "dlq_reason"
    public static let error = "dlq_error"
    public static let topic = "dlq_topic"
    public static let partition = "dlq_partition"
    public static let offset = "dlq_offset"
    public static let time = "dlq_time"
    public static let truncated = "dlq_truncated"
}
