import Foundation
import Logging
import Metrics
import PaymentSaga
import Temporal

/// Tells monitoring of payments that have been open for too long, by asking Temporal from time to time.
struct PaymentWatch: Sendable {
    static let open = "payment_saga_payments_open"
    static let stranded = "payment_saga_payments_stranded"
    static let stuck = "payment_saga_payments_stuck"
    static let age = "payment_saga_stranded_payment_age_seconds"

    private static let interval = Duration.seconds(15)
    /// How many of them are looked at for the oldest.
    private static let scanned = 1000

    let client: TemporalClient
    /// From when on an open payment counts as stranded.
    let limit: Duration
    let logger: Logger

    /// Watches until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await look()
            } catch is CancellationError {
                return
            } catch {
                logger.warning("open payments can't be counted: \(error)")
            }
            try? await Task.sleep(for: min(Self.interval, limit))
        }
    }

    private func look() async throws {
        let running = "WorkflowType = '\(PaymentWorkflow.workflowType)' AND ExecutionStatus = 'Running'"
        Meter(label: Self.open).set(try await client.countWorkflows(running).count)
        let stuck = "\(running) AND \(PaymentAttributes.stuck.name) = true"
        Meter(label: Self.stuck).set(try await client.countWorkflows(stuck).count)
        let begin = Date() - limit.seconds
        let late = "\(running) AND StartTime < '\(begin.formatted(.iso8601))'"
        let count = try await client.countWorkflows(late).count
        Meter(label: Self.stranded).set(count)
        var oldest: Date?
        var seen = 0
        if count > 0 {
            for try await payment in client.listWorkflows(late) {
                oldest = min(oldest ?? payment.startTime, payment.startTime)
                seen += 1
                if seen == Self.scanned { break }
            }
        }
        Meter(label: Self.age).set(oldest.map { Date().timeIntervalSince($0) } ?? 0)
    }
}
