import Kafka
import Tracing

/// Brings records to their end: applied in Temporal, or stored in the dead-letter topic.
struct RecordHandler: Sendable {
    private let routes: [String: Route]
    private let delivery: WorkflowDelivery
    private let deadLetters: DeadLetterQueue
    private let parked: ParkedKeys
    private let metrics: BridgeMetrics

    init(
        routes: [Route], delivery: WorkflowDelivery, deadLetters: DeadLetterQueue, parked: ParkedKeys,
        metrics: BridgeMetrics
    ) {
        self.routes = Dictionary(routes.map { ($0.topic, $0) }) { first, _ in first }
        self.delivery = delivery
        self.deadLetters = deadLetters
        self.parked = parked
        self.metrics = metrics
    }

    /// Returns when the record's offset may be committed.
    ///
    /// - Throws: `CancellationError`, after which the record must come again.
    func settle(_ record: KafkaRecord, _ calls: CallShield) async throws {
        switch parked.verdict(on: record) {
        case .isParked: return
        case .parkBehind(let letter):
            return try await reject(record, Rejection(.behindParked, "the key is parked behind \(letter)"), calls)
        case .apply: break
        }
        try await RecordTrace.span(of: record) { span in
            do {
                guard let route = routes[record.topic] else {
                    throw Rejection(.invalid, "no route leads from the topic '\(record.topic)'")
                }
                try await delivery.deliver(try route.command(record), calls)
                metrics.countApplied(record.topic)
            } catch let rejection as Rejection {
                span.recordError(rejection)
                span.setStatus(SpanStatus(code: .error))
                try await reject(record, rejection, calls)
            }
        }
    }

    private func reject(_ record: KafkaRecord, _ rejection: Rejection, _ calls: CallShield) async throws {
        if rejection.reason.parksKey { parked.park(record) }
        do {
            try await deadLetters.store(record, rejection, calls)
        } catch {
            if rejection.reason.parksKey { parked.unpark(record) }
            throw error
        }
        metrics.countDeadLetter(record.topic, rejection.reason)
    }
}
