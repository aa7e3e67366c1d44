import Kafka
import PaymentSaga
import Temporal
import TemporalAPI
import Testing

/// Judges, from what Temporal has in the end, whether numbered records were all applied, in order per key, and once; and
/// whether no commit ran ahead of that.
struct SequenceOracle: Sendable {
    /// How often each numbered record was applied, by payment in the order of the workflow's history.
    let applied: [String: [Int]]

    /// Reads the histories of these payments.
    init(_ payments: [String], _ client: TemporalClient) async throws {
        var applied: [String: [Int]] = [:]
        for payment in payments {
            let history = try await client.handle(id: payment).fetchHistory()
            applied[payment] = try history.compactMap { event in
                guard event.eventType == .workflowExecutionSignaled else { return nil }
                let input = event.workflowExecutionSignaledEventAttributes.input
                let cancellation = try input.payloads.first.map {
                    try DataConverter.standard.decode(Cancellation.self, from: $0)
                }
                return cancellation.flatMap { Int($0.reason) }
            }
        }
        self.applied = applied
    }

    /// No gap, no duplicate and no disorder in what was sent to each payment.
    func expect(_ sent: [String: [Int]], sourceLocation: SourceLocation = #_sourceLocation) {
        for (payment, numbers) in sent {
            #expect(applied[payment] == numbers, "\(payment)", sourceLocation: sourceLocation)
        }
    }

    /// Every record below what was committed has been applied.
    func expect(
        _ committed: [TopicPartition: Int64],
        coversOnly places: [(TopicPartition, Int64, payment: String, number: Int)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (partition, offset, payment, number) in places where offset < committed[partition] ?? 0 {
            #expect(
                applied[payment]?.contains(number) == true, "\(partition) \(offset) was committed and not applied",
                sourceLocation: sourceLocation)
        }
    }
}
