import Foundation
public import Temporal

/// Collects one merchant's settled payments for as long as there is the merchant. A batch is closed when it is full and at the daily
/// cut-off, published, and the workflow goes on as a new run.
///
/// `@unchecked Sendable`: one thread at a time drives all code of a run, see `Workflow`.
public final class SettlementWorkflow: Workflow, @unchecked Sendable {
    public static let workflowType = "SettlementWorkflow"
    /// Adds a payment to the batch that is collected; the same one again counts once.
    public static let collect = SignalType<SettledPayment>("collect")
    public static let state = QueryType<NoValue, SettlementState>("state")

    public static var handlers: WorkflowHandlers<SettlementWorkflow> {
        WorkflowHandlers()
            .signal(collect) { settlement, payment, _ in settlement.add(payment) }
            .query(state) { settlement, _ in settlement.state }
    }

    /// A signal is repeated for minutes at most; so many later payments leave room for days.
    private static let rememberedIDs = 5000

    private var state: SettlementState
    private var knownIDs: Set<String>

    public init(_ state: SettlementState) {
        self.state = state
        knownIDs = Set(state.closedIDs + state.payments.map(\.paymentID))
    }

    /// The id of a merchant's workflow.
    public static func id(of merchantID: String) -> String { "settlement/\(merchantID)" }

    public func run(_ context: WorkflowContext) async throws -> NoValue {
        let limit = state.policy.maximumPayments
        _ = try await context.wait(
            until: { self.state.payments.count >= limit || context.suggestsContinueAsNew },
            timeout: Self.timeToCutOff(from: context.now, state.policy))
        try await closeBatch(context)
        throw ContinueAsNew(SettlementWorkflow.self, state)
    }

    private func add(_ payment: SettledPayment) {
        if knownIDs.insert(payment.paymentID).inserted { state.payments.append(payment) }
    }

    private func closeBatch(_ context: WorkflowContext) async throws {
        // Payments that come while it is published are of the next batch.
        let batch = Array(state.payments.prefix(state.policy.maximumPayments))
        guard !batch.isEmpty else { return }
        let announcement = SettlementAnnouncement(
            merchantID: state.merchantID, number: state.batchNumber, payments: batch, closedAt: context.now)
        _ = try await context.execute(
            SettlementActivities.publish, announcement,
            options: ActivityOptions(
                startToClose: .seconds(30),
                retryPolicy: RetryPolicy(initialInterval: .milliseconds(500), maximumInterval: .seconds(600))))
        state.payments.removeFirst(batch.count)
        state.closedIDs = (state.closedIDs + batch.map(\.paymentID)).suffix(Self.rememberedIDs)
        state.batchNumber += 1
    }

    /// At least a millisecond, at most a day.
    private static func timeToCutOff(from now: Date, _ policy: SettlementPolicy) -> Duration {
        let day: Int64 = 86_400_000
        let time = Int64((now.timeIntervalSince1970 * 1000).rounded())
        let sinceCutOff = ((time - policy.cutOffMilliseconds) % day + day) % day
        return .milliseconds(day - sinceCutOff)
    }
}
