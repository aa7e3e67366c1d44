public import Foundation
public import Kafka

/// A record that lies in the dead-letter topic.
public struct StoredDeadLetter: Sendable {
    /// Where the record was before; also what tells it from all others.
    public let id: ID
    /// A ``DeadLetterReason``'s raw value.
    public let reason: String
    /// A sentence for people.
    public let error: String
    /// When it was dead-lettered; nil when the header can't be read.
    public let time: Date?
    /// When it failed for the first time.
    public let firstTime: Date?
    /// True when the topic has only a part of the record: it can't be replayed.
    public let isTruncated: Bool
    /// The record as it lies in the topic.
    public let record: KafkaRecord

    /// The place a record had, written `topic/partition/offset`.
    public struct ID: Hashable, Sendable, LosslessStringConvertible {
        public let topic: String
        public let partition: Int32
        public let offset: Int64

        public init(topic: String, partition: Int32, offset: Int64) {
            self.topic = topic
            self.partition = partition
            self.offset = offset
        }

        public init?(_ description: String) {
            let parts = description.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, !parts[0].isEmpty, let partition = Int32(parts[1]), let offset = Int64(parts[2])
            else { return nil }
            self.init(topic: String(parts[0]), partition: partition, offset: offset)
        }

        public var description: String { "\(topic)/\(partition)/\(offset)" }
    }

    /// - Returns: Nil when the record does not say where it was.
    init?(_ record: KafkaRecord) {
        guard let id = ID(record) else { return nil }
        let headers = record.headers
        self.id = id
        reason = headers.text(of: DeadLetterHeader.reason) ?? ""
        error = headers.text(of: DeadLetterHeader.error) ?? ""
        time = headers.text(of: DeadLetterHeader.time).flatMap(DeadLetterHeader.date)
        firstTime = headers.text(of: DeadLetterHeader.firstTime).flatMap(DeadLetterHeader.date) ?? time
        isTruncated = headers.text(of: DeadLetterHeader.truncated) == "true"
        self.record = record
    }

    /// The record's key as text; nil without a key, or when it is not text.
    public var key: String? { record.key.flatMap { String(validating: $0, as: UTF8.self) } }

    /// The record as it was, on its way back to where it was. It keeps the time of its first failure, and its first place.
    var replayed: ProducerRecord {
        var headers = record.headers.filter { !DeadLetterHeader.ofLastTime.contains($0.name) }
        if record.headers.text(of: DeadLetterHeader.origin) == nil {
            headers.append(KafkaHeader(DeadLetterHeader.origin, id.description))
        }
        return ProducerRecord(topic: id.topic, key: record.key, value: record.value, headers: headers)
    }
}

extension StoredDeadLetter.ID {
    init?(_ record: KafkaRecord) {
        guard let topic = record.headers.text(of: DeadLetterHeader.topic),
            let partition = record.headers.text(of: DeadLetterHeader.partition).flatMap({ Int32($0) }),
            let offset = record.headers.text(of: DeadLetterHeader.offset).flatMap({ Int64($0) })
        else { return nil }
        self.init(topic: topic, partition: partition, offset: offset)
    }

    var headers: [KafkaHeader] {
        [
            KafkaHeader(DeadLetterHeader.topic, topic), KafkaHeader(DeadLetterHeader.partition, String(partition)),
            KafkaHeader(DeadLetterHeader.offset, String(offset)),
        ]
    }
}
