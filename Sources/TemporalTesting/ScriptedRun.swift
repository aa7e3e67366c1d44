import Foundation
package import Logging
import SwiftProtobuf
package import Temporal
import TemporalAPI

/// Plays history to a run, state machine and code together, without a server and without threads.
///
/// Each task is also given to a run that knows nothing, as after an eviction: all of history so far, in pages of every kind of size. Where that
/// comes to another answer, the task fails and says so.
///
/// Calls come from one thread at a time, as a worker's would.
package final class ScriptedRun {
    private var state: RunState
    private var code: any WorkflowDriver
    private let makeCode: () -> any WorkflowDriver
    private let makeTwin: (() -> ScriptedRun)?
    private var played: [HistoryEvent] = []
    private var given: Int64 = 0
    private var lastStarted: Int64 = 0
    /// The activations the code saw since the last task began.
    package private(set) var activations: [Activation] = []

    package init<Definition: Workflow>(
        _ type: Definition.Type, options: RunOptions = .init(), isStrict: Bool = true,
        interceptors: [any WorkerInterceptor] = [],
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, alsoReplays: Bool = true
    ) {
        makeTwin =
            alsoReplays && interceptors.isEmpty
            ? { ScriptedRun(type, options: options, isStrict: isStrict, alsoReplays: false) } : nil
        let makeCode = {
            makeWorkflowDriver(
                type, namespace: "default", taskQueue: "test", interceptors: interceptors, logger: logger,
                isStrict: isStrict)
        }
        self.makeCode = makeCode
        code = makeCode()
        state = RunState(
            workflowID: "workflow", runID: "run", namespace: "default", taskQueue: "test", options: options)
    }

    deinit { code.tearDown() }

    /// True once the run must be rebuilt from history.
    package var isBroken: Bool { state.isBroken }

    /// Hands in a task with everything in `history` that was not handed in yet, and works on it.
    package func task(
        _ history: HistoryBuilder, queries: [WorkflowQuery] = [], messages: [ProtocolMessage] = []
    ) -> [RunOutput] {
        let previous = lastStarted
        let events = history.events.filter { $0.eventID > given }
        played.removeAll { $0.eventID > given }
        played += events
        let outputs = task(events: events, started: history.lastStartedID, queries: queries, messages: messages)
        guard let difference = replayed(outputs, previous, queries, messages) else { return outputs }
        return [.fail(.unhandled(difference), token: Data())]
    }

    /// - Returns: in what a run without a memory differs from `outputs`, or nil.
    private func replayed(
        _ outputs: [RunOutput], _ previous: Int64, _ queries: [WorkflowQuery], _ messages: [ProtocolMessage]
    ) -> String? {
        guard let makeTwin, played.first?.eventID == 1, case .complete(let kept)? = outputs.last else { return nil }
        let said = "\(kept.commands) \(kept.messages) \(kept.answers)"
        for size in [Int.max, 1, 2, 7] {
            let twin = makeTwin()
            twin.lastStarted = previous
            let outputs = twin.replay(
                events: played, previousStarted: previous, pageSize: size, queries: queries, messages: messages)
            // The end of a local activity that only memory has: it runs again, and may end otherwise.
            if case .awaitLocalActivities? = outputs.last { return nil }
            guard case .complete(let other)? = outputs.last else { return "replayed, it came to \(outputs)" }
            let heard = "\(other.commands) \(other.messages) \(other.answers)"
            if said != heard { return "it answered \(said), and replayed, in pages of \(size), \(heard)" }
        }
        return nil
    }

    /// Takes back the last task, as the server does with one that only refused updates: the next one goes on after the started event
    /// before.
    package func discardTask(startedEventID: Int64) {
        _ = state.apply(.discarded(startedEventID: startedEventID))
        given = startedEventID
        lastStarted = startedEventID
    }

    /// Hands in the whole history as one task: a replay, on a run that knows nothing yet.
    package func replay(
        _ history: HistoryBuilder, previousStarted: Int64, pageSize: Int = .max, messages: [ProtocolMessage] = []
    ) -> [RunOutput] {
        replay(events: history.events, previousStarted: previousStarted, pageSize: pageSize, messages: messages)
    }

    /// As above, with a history that was not built here.
    package func replay(
        events: [HistoryEvent], previousStarted: Int64, pageSize: Int = .max, queries: [WorkflowQuery] = [],
        messages: [ProtocolMessage] = []
    ) -> [RunOutput] {
        let size = min(pageSize, events.count)
        let pages = stride(from: 0, to: events.count, by: size).map { Array(events[$0..<min(events.count, $0 + size)]) }
        let started = events.last { $0.eventType == .workflowTaskStarted }?.eventID ?? 0
        lastStarted = previousStarted
        return task(
            events: pages[0], started: started, queries: queries, messages: messages,
            laterPages: Array(pages.dropFirst()))
    }

    /// Hands in a history whose first page comes with the task.
    package func replay(
        _ history: HistoryBuilder, previousStarted: Int64, pages: [[HistoryEvent]], messages: [ProtocolMessage] = []
    ) -> [RunOutput] {
        lastStarted = previousStarted
        return task(
            events: pages[0], started: history.lastStartedID, messages: messages, laterPages: Array(pages.dropFirst()))
    }

    /// Hands in a task of which only the events from `first` on came with it, to a run that was dropped: the rest is on the server, but
    /// for the events after `stored`, which no history has yet.
    package func sticky(
        _ history: HistoryBuilder, from first: Int64, stored: Int64, messages: [ProtocolMessage] = []
    ) -> [RunOutput] {
        lastStarted = history.events.last { $0.eventType == .workflowTaskStarted && $0.eventID < first }?.eventID ?? 0
        return task(
            events: history.events.filter { $0.eventID >= first }, started: history.lastStartedID, messages: messages,
            laterPages: [history.events.filter { $0.eventID <= stored }], hasNextPage: false)
    }

    /// Works on a task as it stands.
    package func work(on task: WorkflowTask) -> [RunOutput] { work(.task(task), pages: []) }

    /// Asks a question that is a task of its own.
    package func query(_ query: WorkflowQuery) -> [RunOutput] {
        var task = Self.emptyTask
        task.previousStartedEventID = lastStarted
        task.query = query
        return work(.task(task), pages: [])
    }

    /// Ends a local activity that the run asked for.
    package func resolveLocalActivity(_ resolution: LocalActivityResolution) -> [RunOutput] {
        work(.localActivityResolved(resolution), pages: [])
    }

    /// Lets the task in hand be as old as it may become before it is answered.
    package func heartbeatDue() -> [RunOutput] { work(.heartbeatDue, pages: []) }

    /// Drops the code as an eviction does.
    /// - Returns: the number of tasks that could not be ended.
    @discardableResult
    package func tearDown() -> Int { code.tearDown() }

    private func task(
        events: [HistoryEvent], started: Int64, queries: [WorkflowQuery] = [], messages: [ProtocolMessage] = [],
        laterPages: [[HistoryEvent]] = [], hasNextPage: Bool = true
    ) -> [RunOutput] {
        var task = Self.emptyTask
        task.events = events
        task.previousStartedEventID = lastStarted
        task.startedEventID = started
        task.queries = queries
        task.messages = messages
        task.nextPageToken = laterPages.isEmpty || !hasNextPage ? Data() : Data([1])
        given = (laterPages.flatMap { $0 } + events).map(\.eventID).max() ?? given
        lastStarted = started
        return work(.task(task), pages: laterPages)
    }

    private func work(_ input: RunInput, pages: [[HistoryEvent]]) -> [RunOutput] {
        var inputs = [input]
        var pages = pages
        var token: UInt8 = 1
        var outputs: [RunOutput] = []
        activations = []
        while !inputs.isEmpty {
            for output in state.apply(inputs.removeFirst()) {
                switch output {
                case .activate(let activation):
                    activations.append(activation)
                    inputs.append(.code(code.activate(activation)))
                case .fetchHistory:
                    let page = pages.isEmpty ? [] : pages.removeFirst()
                    token += 1
                    inputs.append(.page(page, nextPageToken: pages.isEmpty ? Data() : Data([token])))
                case .resetCode:
                    code.tearDown()
                    code = makeCode()
                default: outputs.append(output)
                }
            }
        }
        return outputs
    }

    private static var emptyTask: WorkflowTask {
        WorkflowTask(
            present: .with {
                $0.taskToken = Data([1])
                $0.workflowExecution.workflowID = "workflow"
                $0.workflowExecution.runID = "run"
                $0.attempt = 1
            })
    }
}
