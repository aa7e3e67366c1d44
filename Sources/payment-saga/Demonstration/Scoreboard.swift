import Kafka

/// What has come of the records so far.
actor Scoreboard {
    struct Result: Sendable {
        let eventID: String
        let outcome: Outcome
        let receivedAt: ContinuousClock.Instant
    }

    /// Where a record is, and what is expected of it.
    struct Origin: Hashable, Sendable {
        let partition: Int32
        let offset: Int64
    }

    /// All outcomes by payment; those of further events are kept if the event id differs.
    private(set) var results: [String: [Result]] = [:]
    /// Events that came again with the same id.
    private(set) var repetitions = 0
    private(set) var deadLetters: [Origin: String] = [:]
    /// Records that are no events.
    private(set) var unreadable = 0

    func addOutcome(_ record: KafkaRecord) {
        guard let event = OutcomeEvent(record) else {
            unreadable += 1
            return
        }
        let known = results[event.paymentID] ?? []
        if known.contains(where: { $0.eventID == event.eventID && $0.outcome == event.outcome }) {
            repetitions += 1
        } else {
            results[event.paymentID, default: []].append(
                Result(eventID: event.eventID, outcome: event.outcome, receivedAt: .now))
        }
    }

    /// - Parameter headers: The names of the headers that tell the reason, and the partition and offset it came from.
    func addDeadLetter(_ record: KafkaRecord, reason: String, partition: String, offset: String) {
        guard let reason = record.headers.text(of: reason),
            let partition = record.headers.text(of: partition).flatMap({ Int32($0) }),
            let offset = record.headers.text(of: offset).flatMap({ Int64($0) })
        else {
            unreadable += 1
            return
        }
        deadLetters[Origin(partition: partition, offset: offset)] = reason
    }
}
