import Foundation
public import Kafka

/// What an operator does about dead letters: looks at them, sends them back to where they came from, or puts them away.
///
/// The topic is only ever added to. What was done about a letter, by whom and when, stays in it beside the letter.
public struct DeadLetterDesk: Sendable {
    /// What was done about a letter.
    public enum Resolution: String, Sendable {
        case replayed, discarded
    }

    private let kafka: KafkaConfiguration
    private let topic: String

    /// - Parameter topic: The dead-letter topic.
    public init(kafka: KafkaConfiguration, topic: String) {
        self.kafka = kafka
        self.topic = topic
    }

    /// The letters nothing was done about yet, in the order of the topic, in which those of one key have the order of their
    /// records.
    ///
    /// - Throws: `KafkaError` when the topic can't be read.
    public func unresolved(_ filter: DeadLetterFilter = .init()) async throws -> [StoredDeadLetter] {
        let reader = try await KafkaReader(kafka, topics: [topic])
        var order: [StoredDeadLetter.ID] = []
        var seen: Set<StoredDeadLetter.ID> = []
        var letters: [StoredDeadLetter.ID: StoredDeadLetter] = [:]
        var unread = Set(reader.partitions)
        var failure: KafkaError?
        reading: for await event in reader.events {
            switch event {
            case .records(let records):
                for record in records {
                    guard let letter = StoredDeadLetter(record) else { continue }
                    if record.headers.text(of: DeadLetterHeader.resolution) != nil {
                        letters[letter.id] = nil
                    } else {
                        letters[letter.id] = letter
                        if seen.insert(letter.id).inserted { order.append(letter.id) }
                    }
                }
            case .endOfPartition(let partition, _):
                unread.remove(partition)
                if unread.isEmpty { break reading }
            case .warning(let error):
                if case .fatal = error { failure = error }
                if failure != nil { break reading }
            }
        }
        await reader.close()
        if let failure { throw failure }
        try Task.checkCancellation()
        return order.compactMap { letters[$0] }.filter(filter.matches)
    }

    /// Sends letters back to the topics they came from, one after the other, so that those of one key keep their order, and
    /// notes each as replayed.
    ///
    /// A letter that was sent but not noted, because this was cut off, is replayed once more the next time: to the bridge it
    /// is the same record again.
    ///
    /// - Throws: ``DeadLetterError/truncated(_:)``, and `KafkaError` for a topic that is not there, before anything is sent;
    ///   `KafkaError`.
    public func replay(_ letters: [StoredDeadLetter], operator name: String) async throws {
        if let truncated = letters.first(where: \.isTruncated) { throw DeadLetterError.truncated(truncated.id) }
        try await withProducer(to: Set(letters.map(\.id.topic))) { producer in
            for letter in letters {
                let delivery = try await producer.send(letter.replayed)
                let place = StoredDeadLetter.ID(
                    topic: letter.id.topic, partition: delivery.partition, offset: delivery.offset)
                try await note(.replayed, letter, name, producer, replayedTo: place)
            }
        }
    }

    /// Notes letters as discarded: nothing is to be done about them.
    ///
    /// - Throws: `KafkaError`.
    public func discard(_ letters: [StoredDeadLetter], operator name: String) async throws {
        try await withProducer { producer in
            for letter in letters { try await note(.discarded, letter, name, producer) }
        }
    }

    private func note(
        _ resolution: Resolution, _ letter: StoredDeadLetter, _ name: String, _ producer: KafkaProducer,
        replayedTo place: StoredDeadLetter.ID? = nil
    ) async throws {
        var headers = [
            KafkaHeader(DeadLetterHeader.resolution, resolution.rawValue),
            KafkaHeader(DeadLetterHeader.operator, name),
            KafkaHeader(DeadLetterHeader.time, DeadLetterHeader.text(Date())),
        ]
        if let place { headers.append(KafkaHeader(DeadLetterHeader.replayedTo, place.description)) }
        // The letter's own partition: behind the letter, for whoever reads the topic.
        _ = try await producer.send(
            ProducerRecord(
                topic: topic, partition: letter.record.partition, key: letter.record.key, value: nil,
                headers: letter.id.headers + headers))
    }

    /// - Parameter topics: Where records are sent to besides the dead-letter topic. Nothing is sent before all are known.
    private func withProducer(
        to topics: Set<String> = [], _ body: (KafkaProducer) async throws -> Void
    ) async throws {
        let producer = try KafkaProducer(kafka.forDeadLetters)
        do {
            try await producer.prepare(topics: topics.sorted() + [topic])
            try await body(producer)
        } catch {
            await producer.close()
            throw error
        }
        await producer.close()
    }
}

/// A dead letter that can't be dealt with as asked.
public enum DeadLetterError: Error, Equatable, CustomStringConvertible {
    case truncated(StoredDeadLetter.ID)

    public var description: String {
        switch self {
        case .truncated(let id):
            "the dead letter \(id) was stored in part only, because it was too large: replay it from its own topic"
        }
    }
}
