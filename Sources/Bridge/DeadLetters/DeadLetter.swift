import Foundation
import Kafka

/// A record on its way to the dead-letter topic.
struct DeadLetter {
    let record: KafkaRecord
    let rejection: Rejection
    let time: Date

    private static let maximumTextLength = 512
    private static let keptKeyBytes = 1024
    private static let keptValueBytes = 16384

    /// The record as it was, with the headers of ``DeadLetterHeader``.
    func whole(topic: String) -> ProducerRecord {
        ProducerRecord(topic: topic, key: record.key, value: record.value, headers: record.headers + origin)
    }

    /// What fits into a broker that refused the whole.
    func truncated(topic: String) -> ProducerRecord {
        let key = record.key.flatMap { $0.count <= Self.keptKeyBytes ? $0 : nil }
        let value = record.value.map { Array($0.prefix(Self.keptValueBytes)) }
        let mark = KafkaHeader(DeadLetterHeader.truncated, "true")
        return ProducerRecord(topic: topic, key: key, value: value, headers: origin + [mark])
    }

    /// A record that was replayed brings the time of its first failure along.
    private var firstTime: String {
        record.headers.text(of: DeadLetterHeader.firstTime)
            ?? DeadLetterHeader.text(min(rejection.firstFailure ?? time, time))
    }

    private var origin: [KafkaHeader] {
        [
            KafkaHeader(DeadLetterHeader.reason, rejection.reason.rawValue),
            KafkaHeader(DeadLetterHeader.error, String(rejection.text.prefix(Self.maximumTextLength))),
            KafkaHeader(DeadLetterHeader.topic, record.topic),
            KafkaHeader(DeadLetterHeader.partition, String(record.partition)),
            KafkaHeader(DeadLetterHeader.offset, String(record.offset)),
            KafkaHeader(DeadLetterHeader.time, DeadLetterHeader.text(time)),
            KafkaHeader(DeadLetterHeader.firstTime, firstTime),
        ]
    }
}
