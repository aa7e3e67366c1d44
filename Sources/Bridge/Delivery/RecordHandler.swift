import Kafka

/// Brings records to their end: applied in Temporal, or stored in the dead-letter topic.
struct RecordHandler: Sendable {
    private let routes: [String: Route]
    private let delivery: WorkflowDelivery
    private let deadLetters: DeadLetterQueue

    init(routes: [Route], delivery: WorkflowDelivery, deadLetters: DeadLetterQueue) {
        self.routes = Dictionary(routes.map { ($0.topic, $0) }) { first, _ in first }
        self.delivery = delivery
        self.deadLetters = deadLetters
    }

    /// Returns when the record's offset may be committed.
    ///
    /// - Throws: `CancellationError`, after which the record must come again; ``KafkaError`` if dead letters can't be
    ///   stored any more.
    func settle(_ record: KafkaRecord, _ calls: CallShield) async throws {
        do {
            guard let route = routes[record.topic] else {
                throw Rejection(.invalid, "no route leads from the topic '\(record.topic)'")
            }
            let command = try route.command(record)
            try await RecordTrace.span(of: record) { try await delivery.deliver(command, calls) }
        } catch let rejection as Rejection {
            try await deadLetters.store(record, rejection, calls)
        }
    }
}
