import Foundation
public import Logging
import SwiftProtobuf
public import Temporal
import TemporalAPI

/// Checks workflow code against recorded histories, without a server: whether this build can go on with runs that an earlier build began.
///
/// A check of the histories of all kinds of runs that are open belongs before every deployment.
public struct WorkflowReplayer: Sendable {
    private let workflows: [String: any Workflow.Type]
    private let namespace: String
    private let converter: DataConverter
    private let interceptors: [any WorkerInterceptor]
    private let logger: Logger
    private let deadlockTimeout: Duration?
    private static let nextPage = Data([1])

    /// - Parameters:
    ///   - workflows: the workflow types whose histories can be replayed.
    ///   - namespace: what the code is told its namespace is.
    ///   - converter: decodes inputs and results; must be equal to the one the histories were made with.
    ///   - interceptors: those of the worker, if they have a say in what the code does.
    ///   - logger: what the code logs where it is not replaying, at the open end of a history.
    ///   - deadlockTimeout: how long workflow code may be driven without waiting before its history counts as failed, and the thread it
    ///     blocks is abandoned; nil is for ever. A process under a debugger has no limit.
    public init(
        workflows: [any Workflow.Type], namespace: String = "default", converter: DataConverter = .standard,
        interceptors: [any WorkerInterceptor] = [],
        logger: Logger = Logger(label: "replay") { _ in SwiftLogNoOpLogHandler() },
        deadlockTimeout: Duration? = .seconds(2)
    ) {
        self.deadlockTimeout = deadlockTimeout
        self.workflows = Dictionary(
            workflows.map { ($0.workflowType, $0) }, uniquingKeysWith: { _, last in last })
        self.namespace = namespace
        self.converter = converter
        self.interceptors = interceptors
        self.logger = logger
    }

    /// Replays one history.
    public func replay(_ history: WorkflowHistory) async -> ReplayResult {
        await replay(history, pageSize: history.eventCount)
    }

    /// Replays one history in pages of so many events, as a server may send it.
    package func replay(_ history: WorkflowHistory, pageSize: Int) async -> ReplayResult {
        ReplayResult(
            workflowID: history.workflowID, workflowType: history.workflowType, eventCount: history.eventCount,
            verdict: await verdict(on: history, pageSize: pageSize))
    }

    /// Replays histories one after the other, and answers in their order.
    public func replay(_ histories: some Sequence<WorkflowHistory> & Sendable) async -> [ReplayResult] {
        var results: [ReplayResult] = []
        for history in histories { results.append(await replay(history)) }
        return results
    }

    /// Fetches the history of a run and replays it.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func replay(_ handle: UntypedWorkflowHandle) async throws -> ReplayResult {
        await replay(try await handle.history())
    }

    private func verdict(on history: WorkflowHistory, pageSize: Int) async -> ReplayVerdict {
        guard let type = workflows[history.workflowType] else {
            let known = workflows.keys.sorted().joined(separator: ", ")
            return .failed(
                "workflow type \(history.workflowType) is not registered with this replayer; registered are \(known)")
        }
        var task: WorkflowTask
        do {
            task = try await WorkflowTask(present: PayloadCodecs(converter.codecs).decode(history.task, "a history"))
        } catch {
            return .failed("\(error)")
        }
        let thread = WorkflowThread(name: "replay")
        let watchdog = Task { [deadlockTimeout] in await WorkflowThread.watch([thread], limit: deadlockTimeout) }
        defer {
            watchdog.cancel()
            thread.stop()
        }
        let (namespace, converter, interceptors, logger) = (namespace, converter, interceptors, logger)
        let run = CachedRun(task: task, namespace: namespace, taskQueue: "replay", thread: thread) {
            makeWorkflowDriver(
                type, namespace: namespace, taskQueue: "replay", converter: converter, interceptors: interceptors,
                logger: logger)
        }
        var rest = task.events.dropFirst(pageSize)
        task.events = Array(task.events.prefix(pageSize))
        task.nextPageToken = rest.isEmpty ? Data() : Self.nextPage
        var step = await run.apply(.task(task))
        while case .fetchHistory(Self.nextPage)? = step?.outputs.first {
            let page = Array(rest.prefix(pageSize))
            rest = rest.dropFirst(pageSize)
            step = await run.apply(.page(page, nextPageToken: rest.isEmpty ? Data() : Self.nextPage))
        }
        _ = await run.tearDown()
        guard let step else { return .init(.deadlock(after: deadlockTimeout ?? .zero)) }
        switch step.outputs.first {
        case .replayed(let commands): return history.verdict(onCommandsAtItsEnd: commands)
        case .fail(let failure, _), .abandon(let failure?): return .init(failure)
        case .fetchHistory: return .failed("the history does not begin with event 1")
        case .abandon(nil), .complete, .activate, .resetCode, .answerQuery, .startLocalActivity, .cancelLocalActivity,
            .cancelLocalActivities, .awaitLocalActivities, nil:
            return .ok
        }
    }
}

/// What came of replaying one history.
public struct ReplayResult: Sendable, Hashable {
    /// The id of the workflow whose history was replayed.
    public let workflowID: String
    /// The name of its type.
    public let workflowType: String
    /// The number of events in its history.
    public let eventCount: Int
    /// Whether the code can go on with it.
    public let verdict: ReplayVerdict
}

/// Whether code can go on with a run whose history was replayed.
public enum ReplayVerdict: Sendable, Hashable {
    /// The code does what history says.
    case ok
    /// The code asks for something else than history says; the text tells for what, and at which event.
    case nondeterminism(String)
    /// It could not be told, or the code has a bug: the type is not registered, the history is damaged, or the code failed its task.
    case failed(String)

    /// True when the code can go on.
    public var isOK: Bool { self == .ok }

    init(_ failure: WorkflowTaskFailure) {
        self =
            failure.cause == .nonDeterministicError
            ? .nondeterminism(failure.failure.message) : .failed(failure.failure.message)
    }
}

extension WorkflowHistory {
    /// The task that a worker which knows nothing of the run would get.
    fileprivate var task: PollWorkflowTask {
        .with {
            $0.taskToken = Data([1])
            $0.workflowExecution.workflowID = workflowID
            $0.workflowExecution.runID = runID
            $0.workflowType.name = workflowType
            $0.attempt = 1
            $0.history.events = events
            $0.previousStartedEventID = lastCompletedStartID
            $0.startedEventID = events.last { $0.eventType == .workflowTaskStarted }?.eventID ?? 0
        }
    }

    /// The start of the last workflow task that a worker completed; up to there, all is replay.
    fileprivate var lastCompletedStartID: Int64 {
        for event in events.reversed() {
            guard case .workflowTaskCompletedEventAttributes(let attributes) = event.attributes else { continue }
            return attributes.startedEventID > 0 ? attributes.startedEventID : event.eventID - 1
        }
        return 0
    }

    /// The server records the commands of a task together with its completion, so what the code asks for beyond them it did not ask for
    /// then, unless a task is open.
    fileprivate func verdict(onCommandsAtItsEnd commands: [Command]) -> ReplayVerdict {
        let lastTask = events.last {
            $0.eventType == .workflowTaskStarted || $0.eventType == .workflowTaskCompleted
        }
        // Patches that the code gave up leave a command no history needs to have.
        guard lastTask?.eventType == .workflowTaskCompleted,
            let command = commands.first(where: { $0.commandType != .recordMarker })
        else { return .ok }
        return .init(
            .nondeterminism("the code asks for \(command.commandType), of which history has no event at its end"))
    }
}
