public import Temporal

/// Compares ledger, gateway and outcome events; a schedule starts it again and again. Each run goes on where the one before ended.
public final class ReconciliationWorkflow: Workflow {
    public static let workflowType = "ReconciliationWorkflow"
    /// The id of the schedule, and the beginning of the workflows' ids.
    public static let scheduleID = "reconciliation"

    private let state: ReconciliationState

    /// - Parameter state: Where the first run begins.
    public init(_ state: ReconciliationState) { self.state = state }

    public func run(_ context: WorkflowContext) async throws -> ReconciliationReport {
        var state = state
        if let last: ReconciliationReport = try context.lastCompletionResult() {
            state.positions = last.next.positions
            state.checkedUntil = last.next.checkedUntil
        }
        return try await context.execute(
            SettlementActivities.reconcile, state,
            options: ActivityOptions(
                scheduleToClose: .seconds(6 * 3600), startToClose: .seconds(3600), heartbeat: .seconds(60),
                retryPolicy: RetryPolicy(initialInterval: .seconds(1), maximumInterval: .seconds(300))))
    }
}
