public import Foundation
public import Logging
import SwiftProtobuf
import Synchronization
public import TemporalAPI

/// What workflow code may ask of the world. Everything it gives is recorded in history or derived from it, so that a replay gets the
/// same.
///
/// `@unchecked Sendable`: all mutable state is touched only by code that the run's executor drives, which is one thread at a time
/// (``WorkflowExecutor``); the one part that cancellation may touch from elsewhere, ``cancelRequests``, is behind a lock.
public final class WorkflowContext: @unchecked Sendable {
    /// Who and where this run is.
    public internal(set) var info: WorkflowInfo

    /// The time at which the current workflow task started: the same on every replay. Use it in place of `Date()`.
    public internal(set) var now: Date

    /// True while events that are already in history are being worked through again.
    public internal(set) var isReplaying = true

    /// Events in this run's history so far.
    public internal(set) var historyLength: Int64 = 0

    /// True when the server thinks this history is long enough to be continued as a new run.
    public internal(set) var suggestsContinueAsNew = false

    /// Why it thinks so.
    public internal(set) var continueAsNewReasons: [ContinueAsNewReason] = []

    /// The size of this run's history so far, in bytes.
    public internal(set) var historySizeBytes: Int64 = 0

    /// Names the code of the worker that did, or does, the current workflow task; empty when it has no name.
    public internal(set) var buildID = ""

    /// True once someone asked for this workflow to be cancelled.
    public internal(set) var isCancelRequested = false

    /// Why someone asked for this workflow to be cancelled, if they said so.
    public internal(set) var cancelReason = ""

    /// A text for people who look at this workflow, in Markdown; it is shown as long as the run is open.
    public var currentDetails = ""

    let converter: DataConverter
    let interceptors: [any WorkerInterceptor]
    /// The run's encoded arguments.
    let input: Payloads
    let executor = WorkflowExecutor()
    var operations = OperationTable()
    var outbox: [CodeCommand] = []
    var random: WorkflowRandom
    var patches: [String: Bool] = [:]
    var patchesInHistory: Set<String> = []
    var handlers = DynamicHandlers()
    /// Those whose result is not known yet.
    var children: [Int: ChildOutcome] = [:]
    var isTearingDown = false
    /// True while code runs that may look but not touch.
    var isReadOnly = false
    var wroteWhileReadOnly = false
    let failureTypes: [any Error.Type]
    var callsWhileTornDown = 0
    var taskFailure: WorkflowTaskFailure?
    /// Those that have not ended, by the order in which they were started.
    var rootTasks: [Int: Task<Void, Never>] = [:]
    var startedRootTasks = 0
    /// Handlers that have not ended, by their root task.
    var handlerExecutions: [Int: HandlerExecution] = [:]
    /// Updates that nobody handles, so far.
    var heldUpdates: [WorkflowUpdate] = []
    let cancelRequests = Mutex<Set<OperationKey>>([])
    private let workerLogger: Logger
    /// Made when first asked for: handlers of logs spend a while on metadata that most runs never need.
    private lazy var liveLogger: Logger = {
        var logger = workerLogger
        logger[metadataKey: "workflow_type"] = "\(info.workflowType)"
        logger[metadataKey: "workflow_id"] = "\(info.workflowID)"
        logger[metadataKey: "run_id"] = "\(info.runID)"
        return logger
    }()

    init(
        info: WorkflowInfo, input: Payloads, converter: DataConverter, interceptors: [any WorkerInterceptor] = [],
        failureTypes: [any Error.Type] = [], logger: Logger
    ) {
        self.info = info
        self.input = input
        self.interceptors = interceptors
        now = info.startTime
        self.converter = converter
        self.failureTypes = failureTypes
        random = WorkflowRandom(runID: info.originalRunID)
        workerLogger = logger
    }

    /// Logs with the run's identity, and is silent during replay, so that each line appears once.
    public var logger: Logger {
        isReplaying || isTearingDown ? Logger(label: workerLogger.label) { _ in SwiftLogNoOpLogHandler() } : liveLogger
    }

    /// A random UUID from the run's own generator: the same on every replay.
    public func uuid() -> UUID { random.uuid() }

    /// A random number from the run's own generator: the same on every replay.
    public func random(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Waits by a durable timer: it fires even if every worker is restarted in between.
    /// - Parameters:
    ///   - duration: no less than zero; zero is a timer of one millisecond.
    ///   - summary: one line for people who look at the workflow.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile; ``WorkflowUsageError`` for a negative duration.
    public func sleep(for duration: Duration, summary: String? = nil) async throws {
        guard duration >= .zero else { throw WorkflowUsageError("a timer of \(duration) is in the past") }
        try await enter()
        let timer = try timer(duration, summary)
        let sequence = operations.nextSequence(.timer)
        _ = try await wait(for: .init(.timer, sequence), timer.summary ?? "") {
            self.ask(.startTimer(sequence: sequence, timer.duration, summary: timer.summary))
        }
    }

    /// Waits until `condition` holds. It is looked at whenever some code of this run has run; it must neither change anything nor wait.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    public func wait(until condition: @escaping () -> Bool) async throws {
        try await enter()
        guard !condition() else { return }
        let sequence = operations.nextSequence(.condition)
        _ = try await wait(for: .init(.condition, sequence)) {
            self.operations.conditions.append(.init(sequence: sequence, predicate: condition, timer: nil))
        }
    }

    /// Waits until `condition` holds, but no longer than a durable timer of `timeout`.
    /// - Returns: false when the time ran out first.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    public func wait(until condition: @escaping () -> Bool, timeout: Duration) async throws -> Bool {
        guard timeout >= .zero else { throw WorkflowUsageError("a time-out of \(timeout) is in the past") }
        try await enter()
        guard !condition() else { return true }
        let limit = try timer(timeout, nil)
        let sequence = operations.nextSequence(.condition)
        let timer = operations.nextSequence(.timer)
        let resolution = try await wait(for: .init(.condition, sequence)) {
            self.ask(.startTimer(sequence: timer, limit.duration, summary: limit.summary))
            self.operations.conditions.append(.init(sequence: sequence, predicate: condition, timer: timer))
        }
        // A signal of the same task may have made it hold before the timer was seen: its handler ran first.
        if case .timedOut = resolution { return condition() }
        return true
    }

    /// Runs an activity and waits for its result.
    /// - Throws: ``ActivityFailure``, whose cause says why; `CancellationError` when the task was cancelled before it was scheduled;
    ///   ``InvalidOptionError``.
    public func execute<Input, Output>(
        _ activity: ActivityType<Input, Output>, _ input: Input, options: ActivityOptions
    ) async throws -> Output {
        var schedule = ScheduleActivity(
            type: activity.name, input: try converter.payloads(encoding: input), options: options)
        try intercept(&schedule) { try $0.scheduleActivity(&$1, self) }
        try schedule.options.check(for: schedule.type)
        let sequence = operations.nextSequence(.activity)
        let resolution = try await wait(for: .init(.activity, sequence), schedule.type) { [schedule] in
            self.ask(.scheduleActivity(sequence: sequence, schedule))
        }
        return try decode(resolution)
    }

    /// Runs `body` so that cancellation of the calling task does not reach it: compensations must run to their end.
    public func shielded<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await Task(executorPreference: executor) { try await body() }.value
    }

    func decode<Output: Decodable>(_ resolution: Resolution) throws -> Output {
        guard case .result(.completed(let payloads)) = resolution else { throw error(of: resolution) }
        return try converter.decode(Output.self, from: payloads)
    }

    func error(of resolution: Resolution) -> any Error {
        switch resolution {
        case .result(.failed(let failure)), .result(.canceled(let failure)): FailureConverter().error(from: failure)
        default: WorkflowUsageError("an operation was resolved as another kind of operation: \(resolution)")
        }
    }
}

/// Workflow code used the API in a way that can never work.
public struct WorkflowUsageError: Error, CustomStringConvertible {
    /// What can never work, and why.
    public let description: String

    init(_ description: String) { self.description = description }
}
