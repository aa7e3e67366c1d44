import Foundation
public import Temporal

/// A saga as data: the input of ``DeclaredSagaWorkflow``.
public struct DeclaredSaga: Codable, Sendable, Hashable {
    public struct Step: Codable, Sendable, Hashable {
        /// One of ``DeclaredActivities``.
        public var activity: String
        /// What undoes it, one of ``DeclaredActivities`` too; nil when there is nothing to undo.
        public var compensation: String?
        /// For one attempt, in milliseconds.
        public var timeoutMilliseconds: Int64
        /// How often the activity reports that it is alive, at least; nil when it does not.
        public var heartbeatMilliseconds: Int64?
    }

    /// How often and how soon a failed attempt of a step is followed by another.
    public struct Retries: Codable, Sendable, Hashable {
        public var initialIntervalMilliseconds: Int64
        public var maximumIntervalMilliseconds: Int64?
        public var backoffCoefficient: Double
        /// 0 is no limit.
        public var maximumAttempts: Int
        public var nonRetryableErrorTypes: [String]

        /// Three attempts, for definitions that say nothing.
        static let standard = Retries(
            initialIntervalMilliseconds: 1000, maximumIntervalMilliseconds: 10_000, backoffCoefficient: 2,
            maximumAttempts: 3, nonRetryableErrorTypes: [])
    }

    /// In the order in which they run.
    public var steps: [Step]
    public var retries: Retries
    /// What each activity gets.
    public var input: JSONValue
}

/// What a declared saga did, as its query and its result tell.
public struct DeclaredSagaStatus: Codable, Sendable, Hashable {
    /// Steps and compensations, in the order in which they began.
    public var steps: [StepRecord]
    /// What the steps returned, by activity.
    public var results: [String: JSONValue]
}

/// Runs the steps of a ``DeclaredSaga`` one after the other; when one fails, or the workflow is cancelled, undoes those that began in
/// reverse order and fails.
///
/// The server ends a workflow that exceeds its time-outs without undoing anything. So steps have three quarters of the time, and what is
/// left is for the compensations.
///
/// `@unchecked Sendable`: one thread at a time drives all code of a run, see `Workflow`.
public final class DeclaredSagaWorkflow: Workflow, @unchecked Sendable {
    public static let workflowType = "OrderFulfillmentWorkflow"
    public static let status = QueryType<NoValue, DeclaredSagaStatus>("status")

    public static var handlers: WorkflowHandlers<DeclaredSagaWorkflow> {
        WorkflowHandlers().query(status) { workflow, _ in workflow.report }
    }

    private let definition: DeclaredSaga
    private let saga = Saga()
    private var results: [String: JSONValue] = [:]
    private var report: DeclaredSagaStatus { DeclaredSagaStatus(steps: saga.steps, results: results) }

    public init(_ definition: DeclaredSaga) { self.definition = definition }

    public func run(_ context: WorkflowContext) async throws -> DeclaredSagaStatus {
        for (index, step) in definition.steps.enumerated() {
            do {
                try await run(step, context)
            } catch {
                try await saga.compensate(context)
                if context.isCancelRequested { throw CanceledFailure("the saga was cancelled and is undone") }
                throw Self.failure(of: step, number: index + 1, error)
            }
        }
        return report
    }

    private func run(_ step: DeclaredSaga.Step, _ context: WorkflowContext) async throws {
        let input = definition.input
        let undo = step.compensation.map { name in
            Saga.Compensation(name) {
                _ = try await context.execute(
                    DeclaredActivities.Activity(name), input, options: .compensation(of: step))
            }
        }
        let timeLeft = try Self.timeLeft(context)
        results[step.activity] = try await saga.step(step.activity, context, undoneBy: undo) {
            try await context.execute(
                DeclaredActivities.Activity(step.activity), input,
                options: .step(step, within: timeLeft, retries: definition.retries))
        }
    }

    /// Nil when the workflow has no time-out.
    private static func timeLeft(_ context: WorkflowContext) throws -> Duration? {
        let info = context.info
        guard let limit = [info.executionTimeout, info.runTimeout].compactMap({ $0 }).min() else { return nil }
        let spent = Int64((context.now.timeIntervalSince(info.startTime) * 1000).rounded())
        let left = limit * 3 / 4 - .milliseconds(spent)
        guard left >= .milliseconds(1) else {
            throw ApplicationFailure("the time left is needed to undo the saga", type: outOfTime, isNonRetryable: true)
        }
        return left
    }

    /// The type of the failure of a saga whose steps took too long.
    public static let outOfTime = "SagaOutOfTime"

    private static func failure(of step: DeclaredSaga.Step, number: Int, _ error: any Error) -> ApplicationFailure {
        let cause = (error as? ActivityFailure)?.cause ?? error
        let type = (cause as? ApplicationFailure)?.type ?? "StepFailed"
        return ApplicationFailure(
            "step \(number), \(step.activity), failed, and what was done is undone", type: type, isNonRetryable: true,
            cause: error)
    }
}

extension ActivityOptions {
    fileprivate static func step(
        _ step: DeclaredSaga.Step, within timeLeft: Duration?, retries: DeclaredSaga.Retries
    ) -> ActivityOptions {
        ActivityOptions(
            scheduleToClose: timeLeft, startToClose: .milliseconds(step.timeoutMilliseconds),
            heartbeat: step.heartbeatMilliseconds.map { .milliseconds($0) },
            retryPolicy: RetryPolicy(
                initialInterval: .milliseconds(retries.initialIntervalMilliseconds),
                backoffCoefficient: retries.backoffCoefficient,
                maximumInterval: retries.maximumIntervalMilliseconds.map { .milliseconds($0) },
                maximumAttempts: retries.maximumAttempts, nonRetryableErrorTypes: retries.nonRetryableErrorTypes))
    }

    /// A compensation must happen: it is tried for as long as the workflow may run, ever more seldom.
    fileprivate static func compensation(of step: DeclaredSaga.Step) -> ActivityOptions {
        ActivityOptions(
            startToClose: .milliseconds(step.timeoutMilliseconds),
            retryPolicy: RetryPolicy(initialInterval: .seconds(1), maximumInterval: .seconds(600)))
    }
}
