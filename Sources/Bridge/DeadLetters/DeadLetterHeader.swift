import Foundation

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
/// | `dlq_first_time` | when it failed for the first time, in the same form; it outlives a replay |
/// | `dlq_origin` | only on a record that was replayed: `topic/partition/offset` of its first place; it outlives replays |
/// | `dlq_truncated` | `true`, only if the broker refused the whole as too large |
///
/// A truncated dead letter lacks the record's own headers, its key if that is longer than 1 KiB, and what its value has
/// beyond 16 KiB.
///
/// What is done about a dead letter is another record of the topic, with the letter's key, without a value, with the
/// letter's `dlq_topic`, `dlq_partition` and `dlq_offset`, and with
///
/// | header | value |
/// |---|---|
/// | `dlq_resolution` | `replayed` or `discarded` |
/// | `dlq_operator` | who did it |
/// | `dlq_time` | when |
/// | `dlq_replayed_to` | only if replayed: `topic/partition/offset` of its new place |
///
/// Topic, partition and offset tell a dead letter from another; one that comes twice, after a crash, has the same.
public enum DeadLetterHeader {
    public static let reason = "dlq_reason"
    public static let error = "dlq_error"
    public static let topic = "dlq_topic"
    public static let partition = "dlq_partition"
    public static let offset = "dlq_offset"
    public static let time = "dlq_time"
    public static let firstTime = "dlq_first_time"
    public static let origin = "dlq_origin"
    public static let replayedTo = "dlq_replayed_to"
    public static let truncated = "dlq_truncated"
    public static let resolution = "dlq_resolution"
    public static let `operator` = "dlq_operator"

    /// Those that say what became of a record the last time, and are no part of it.
    static let ofLastTime: Set<String> = [
        reason, error, topic, partition, offset, time, truncated, resolution, `operator`, replayedTo,
    ]

    static func text(_ time: Date) -> String { time.formatted(timeFormat) }

    static func date(_ text: String) -> Date? { try? Date(text, strategy: timeFormat) }

    private static var timeFormat: Date.ISO8601FormatStyle { .init(includingFractionalSeconds: true) }
}
