import Temporal
import TemporalAPI

/// Keeps what signals tell: what most scenarios' workflows have in common.
///
/// `@unchecked Sendable` because only the code of one run holds an instance, and one thread at a time drives that.
class Told: @unchecked Sendable {
    var words: [String] = []
    var isTold = false
    var isFinished = false
    var hasBegun = false

    init(_ input: NoValue) {}

    func told(_ context: WorkflowContext) async throws { try await context.wait(until: { self.isTold }) }
    func finished(_ context: WorkflowContext) async throws { try await context.wait(until: { self.isFinished }) }
}

extension WorkflowHandlers where Definition: Told {
    static var told: WorkflowHandlers {
        WorkflowHandlers()
            .signal(SignalType<String>("say")) { workflow, word, _ in workflow.words.append(word) }
            .signal(SignalType<NoValue>("go")) { workflow, _, _ in workflow.isTold = true }
            .signal(SignalType<NoValue>("finish")) { workflow, _, _ in workflow.isFinished = true }
            .query(QueryType<NoValue, [String]>("heard")) { workflow, _ in workflow.words }
    }
}

extension Workflow where Self: Told {
    static var handlers: WorkflowHandlers<Self> { .told }
}

extension ActivityOptions {
    static let once = ActivityOptions(startToClose: .seconds(30), retryPolicy: .never)

    /// Quick retries.
    static func retries(maximumAttempts: Int = 0, nonRetryable: [String] = []) -> ActivityOptions {
        ActivityOptions(
            startToClose: .seconds(30),
            retryPolicy: RetryPolicy(
                initialInterval: .milliseconds(10), backoffCoefficient: 1, maximumAttempts: maximumAttempts,
                nonRetryableErrorTypes: nonRetryable))
    }
}

/// An error in words that both languages have.
func outline(_ error: (any Error)?) -> String {
    switch error {
    case nil: return "nothing"
    // A local one: what is around the cause is each SDK's own (see NormalizedHistory).
    case let error as ActivityFailure where error.scheduledEventID == 0 && !(error.cause is CanceledFailure):
        return outline(error.cause)
    case let error as ActivityFailure:
        return
            "activity \(error.activityType) \(error.activityID) \(error.retryState.rawValue) <- \(outline(error.cause))"
    case let error as ChildWorkflowFailure:
        return "child \(error.workflowType) \(error.retryState.rawValue) <- \(outline(error.cause))"
    case let error as ApplicationFailure:
        let cause = error.cause.map { " <- \(outline($0))" } ?? ""
        return "application \(error.type) \(error.message) \(error.details.count) \(error.isNonRetryable)\(cause)"
    case let error as TimeoutFailure:
        let cause = error.cause.map { " <- \(outline($0))" } ?? ""
        return "timeout \(error.type.rawValue) \(error.lastHeartbeatDetails.count)\(cause)"
    case is CanceledFailure, is CancellationError: return "cancelled"
    case is TerminatedFailure: return "terminated"
    case let error?: return "\(type(of: error)): \(error)"
    }
}
