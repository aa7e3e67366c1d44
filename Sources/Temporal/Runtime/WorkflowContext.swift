public import Foundation
public import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI

/// What workflow code may ask of the world. Everything it gives is recorded in history or derived from it, so that a replay gets the
/// same.
///
/// `@unchecked Sendable`: all mutable state is touched only by code that the run's executor drives, which is one thread at a time
/// (``WorkflowExecutor``); the one part that cancellation may touch from elsewhere, ``cancelRequests``, is behind a lock.
public final class WorkflowContext: @unchecked Sendable {
    /// Who and where this run is.
    public let info: WorkflowInfo

    /// The time at which the current workflow task started: the same on every replay. Use it in place of `Date()`.
    public internal(set) var now: Date

    /// True while events that are already in history are being worked through again.
    public internal(set) var isReplaying = true

    /// Events in this run's history so far.
    public internal(set) var historyLength: Int64 = 0

    /// True when the server thinks this history is long enough to be continued as a new run.
    public internal(set) var suggestsContinueAsNew = false

    /// True once someone asked for this workflow to be cancelled.
    public internal(set) var isCancelRequested = false

    let converter: DataConverter
    let executor = WorkflowExecutor()
    var operations = OperationTable()
    var outbox: [CodeCommand] = []
    var random: WorkflowRandom
    var patches: [String: Bool] = [:]
    var patchesInHistory: Set<String> = []
    var isTearingDown = false
    var callsWhileTornDown = 0
    var taskFailure: WorkflowTaskFailure?
    /// Those that have not ended, by the order in which they were started.
    var rootTasks: [Int: Task<Void, Never>] = [:]
    var startedRootTasks = 0
    let cancelRequests = Mutex<Set<OperationKey>>([])
    private let liveLogger: Logger

    init(info: WorkflowInfo, now: Date, randomSeed: String, converter: DataConverter, logger: Logger) {
        self.info = info
        self.now = now
        self.converter = converter
        random = WorkflowRandom(runID: randomSeed)
        var logger = logger
        logger[metadataKey: "workflow_type"] = "\(info.workflowType)"
        logger[metadataKey: "workflow_id"] = "\(info.workflowID)"
        logger[metadataKey: "run_id"] = "\(info.runID)"
        liveLogger = logger
    }

    /// Logs with the run's identity, and is silent during replay, so that each line appears once.
    public var logger: Logger {
        isReplaying || isTearingDown ? Logger(label: liveLogger.label) { _ in SwiftLogNoOpLogHandler() } : liveLogger
    }

    /// A random UUID from the run's own generator: the same on every replay.
    public func uuid() -> UUID { random.uuid() }

    /// A random number from the run's own generator: the same on every replay.
    public func random(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Waits by a durable timer: it fires even if every worker is restarted in between.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    public func sleep(for duration: Duration) async throws {
        let sequence = operations.nextSequence(.timer)
        _ = try await wait(for: .init(.timer, sequence)) {
            self.outbox.append(.startTimer(sequence: sequence, duration))
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
        try await enter()
        guard !condition() else { return true }
        let sequence = operations.nextSequence(.condition)
        let timer = operations.nextSequence(.timer)
        let resolution = try await wait(for: .init(.condition, sequence)) {
            self.outbox.append(.startTimer(sequence: timer, timeout))
            self.operations.conditions.append(.init(sequence: sequence, predicate: condition, timer: timer))
        }
        // A signal of the same task may have made it hold before the timer was seen: its handler ran first.
        if case .timedOut = resolution { return condition() }
        return true
    }

    /// Runs an activity and waits for its result.
    /// - Throws: ``ActivityFailure``, whose cause says why; `CancellationError` when the task was cancelled before it was scheduled.
    public func execute<Input, Output>(
        _ activity: ActivityType<Input, Output>, _ input: Input, options: ActivityOptions
    ) async throws -> Output {
        guard options.startToClose != nil || options.scheduleToClose != nil else {
            throw WorkflowUsageError("activity \(activity.name) needs startToClose or scheduleToClose")
        }
        let payloads = try converter.payloads(encoding: input)
        let sequence = operations.nextSequence(.activity)
        let resolution = try await wait(for: .init(.activity, sequence)) {
            self.outbox.append(
                .scheduleActivity(sequence: sequence, .init(type: activity.name, input: payloads, options: options)))
        }
        return try decode(resolution)
    }

    /// Starts a child workflow and waits for its result.
    /// - Throws: ``ChildWorkflowFailure``, whose cause says why; `CancellationError` when the task was cancelled before it was started.
    public func execute<Child: Workflow>(
        child: Child.Type, _ input: Child.Input, options: ChildWorkflowOptions = .init()
    ) async throws -> Child.Output {
        let payloads = try converter.payloads(encoding: input)
        let sequence = operations.nextSequence(.child)
        let id = options.id ?? random.uuid().uuidString.lowercased()
        let resolution = try await wait(for: .init(.child, sequence)) {
            self.outbox.append(
                .startChild(
                    sequence: sequence,
                    .init(type: Child.workflowType, input: payloads, options: options, workflowID: id)))
        }
        return try decode(resolution)
    }

    /// Runs `body` so that cancellation of the calling task does not reach it: compensations must run to their end.
    public func shielded<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await Task(executorPreference: executor) { try await body() }.value
    }

    /// Tells which course to take at a place where the logic changed: true for runs that take the new course.
    ///
    /// A run answers the same for its whole life. Runs that passed this place before the change was made go on as they began.
    public func patched(_ id: String) -> Bool { patch(id, isDeprecated: false) }

    /// Says that no run without this patch is left; the old course may be deleted.
    public func deprecatePatch(_ id: String) { _ = patch(id, isDeprecated: true) }

    private func patch(_ id: String, isDeprecated: Bool) -> Bool {
        if let answer = patches[id] { return answer }
        let answer = patchesInHistory.contains(id) || !isReplaying
        patches[id] = answer
        if answer || isDeprecated { outbox.append(.patch(id: id, isDeprecated: isDeprecated)) }
        return answer
    }

    private func decode<Output: Decodable>(_ resolution: Resolution) throws -> Output {
        guard case .result(let result) = resolution else {
            throw WorkflowUsageError("an operation was resolved as another kind of operation: \(resolution)")
        }
        switch result {
        case .completed(let payloads): return try converter.decode(Output.self, from: payloads)
        case .failed(let failure), .canceled(let failure): throw FailureConverter().error(from: failure)
        }
    }
}

/// Who and where a run is.
public struct WorkflowInfo: Sendable {
    public let workflowID: String
    public let runID: String
    public let workflowType: String
    public let namespace: String
    public let taskQueue: String
    /// From 1; more when the workflow itself has a retry policy.
    public let attempt: Int
    /// When the run started.
    public let startTime: Date
    /// The workflow id of the parent, for a child.
    public let parentWorkflowID: String?
}

/// Workflow code used the API in a way that can never work.
public struct WorkflowUsageError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
