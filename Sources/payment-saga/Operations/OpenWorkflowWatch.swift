import Foundation
import Logging
import Metrics
import Observability
import PaymentSaga
import Temporal

/// Tells monitoring of workflows of one type that have been open for too long, by asking Temporal from time to time.
struct OpenWorkflowWatch: Sendable {
    /// A number of open workflows that is told apart.
    struct Part: Sendable {
        let gauge: String
        /// The part's condition, given the time.
        let condition: @Sendable (Date) -> String
    }

    private static let interval = Duration.seconds(15)
    /// How many are looked at one by one for the oldest.
    private static let scanned = 1000

    let workflowType: String
    /// The gauges of how many are open, of how many of these are stranded, and of the age of the oldest stranded one in seconds.
    let gauges: (open: String, stranded: String, age: String)
    let parts: [Part]
    /// Until when a workflow waits by design, and is as good as not begun.
    let waitsUntil: SearchAttributeKey<Date>?
    let client: TemporalClient
    /// From when on an open workflow counts as stranded.
    let limit: Duration
    let logger: Logger

    /// Watches until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do {
                try await look(at: Date())
            } catch is CancellationError {
                return
            } catch {
                logger.warning("open workflows of type \(workflowType) can't be counted: \(error)")
            }
            // Cut short only by a cancellation, which ends the loop.
            try? await Task.sleep(for: min(Self.interval, limit))
        }
    }

    private func look(at now: Date) async throws {
        try await measure(gauges.open, running)
        for part in parts { try await measure(part.gauge, "\(running) AND \(part.condition(now))") }
        let stranded = now - limit.seconds
        let count = try await measure(gauges.stranded, waiting(since: stranded))
        let search = OldestSearch(
            listed: Self.scanned, count: { try await client.countWorkflows(waiting(since: $0)).count },
            list: { try await begins(before: $0) })
        let oldest = try await search.oldest(of: count, before: stranded, now: now)
        Meter(label: gauges.age).set(oldest.map { now.timeIntervalSince($0) } ?? 0)
    }

    /// The condition of those that have been open, and have not waited by design, since a time.
    private func waiting(since time: Date) -> String {
        let time = time.formatted(.iso8601)
        var condition = "\(running) AND StartTime < '\(time)'"
        if let name = waitsUntil?.name { condition += " AND (\(name) IS NULL OR \(name) < '\(time)')" }
        return condition
    }

    private var running: String { "WorkflowType = '\(workflowType)' AND ExecutionStatus = 'Running'" }

    /// Since when each of those is open, or waits no more.
    private func begins(before time: Date) async throws -> [Date] {
        var begins: [Date] = []
        for try await workflow in client.listWorkflows(waiting(since: time)) {
            let waited = waitsUntil.flatMap { workflow.searchAttributes[$0] }
            begins.append(max(workflow.startTime, waited ?? workflow.startTime))
            if begins.count == Self.scanned { break }
        }
        return begins
    }

    @discardableResult
    private func measure(_ gauge: String, _ query: String) async throws -> Int {
        let count = try await client.countWorkflows(query).count
        Meter(label: gauge).set(count)
        return count
    }
}

extension OpenWorkflowWatch {
    static let openPayments = "payment_saga_payments_open"
    static let strandedPayments = "payment_saga_payments_stranded"
    static let strandedPaymentAge = "payment_saga_stranded_payment_age_seconds"
    static let stuckPayments = "payment_saga_payments_stuck"
    static let awaitedPayments = "payment_saga_payments_awaiting_approval"
    static let openOrders = "payment_saga_orders_open"
    static let strandedOrders = "payment_saga_orders_stranded"
    static let strandedOrderAge = "payment_saga_stranded_order_age_seconds"

    static func payments(_ client: TemporalClient, limit: Duration, logger: Logger) -> OpenWorkflowWatch {
        OpenWorkflowWatch(
            workflowType: PaymentWorkflow.workflowType,
            gauges: (openPayments, strandedPayments, strandedPaymentAge),
            parts: [
                Part(gauge: stuckPayments) { _ in "\(PaymentAttributes.stuck.name) = true" },
                Part(gauge: awaitedPayments) { now in
                    "\(PaymentAttributes.waitsUntil.name) > '\(now.formatted(.iso8601))'"
                },
            ], waitsUntil: PaymentAttributes.waitsUntil, client: client, limit: limit, logger: logger)
    }

    static func orders(_ client: TemporalClient, limit: Duration, logger: Logger) -> OpenWorkflowWatch {
        OpenWorkflowWatch(
            workflowType: OrderFulfilmentWorkflow.workflowType,
            gauges: (openOrders, strandedOrders, strandedOrderAge), parts: [], waitsUntil: nil, client: client,
            limit: limit, logger: logger)
    }
}
