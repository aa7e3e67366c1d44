import Foundation
import Logging
import SwiftProtobuf
package import Temporal
import TemporalAPI

/// Plays history to a run, state machine and code together, without a server and without threads.
///
/// Calls come from one thread at a time, as a worker's would.
package final class ScriptedRun {
    private var state: RunState
    private var code: any WorkflowDriver
    private let makeCode: () -> any WorkflowDriver
    private var given: Int64 = 0
    private var lastStarted: Int64 = 0
    /// The activations the code saw since the last task began.
    package private(set) var activations: [Activation] = []

    package init<Definition: Workflow>(_ type: Definition.Type, isStrict: Bool = true) {
        let makeCode = {
            makeWorkflowDriver(
                type, namespace: "default", taskQueue: "test",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, isStrict: isStrict)
        }
        self.makeCode = makeCode
        code = makeCode()
        state = RunState(workflowID: "workflow", runID: "run", namespace: "default", taskQueue: "test")
    }

    deinit { code.tearDown() }

    /// True once the run must be rebuilt from history.
    package var isBroken: Bool { state.isBroken }

    /// Hands in a task with everything in `history` that was not handed in yet, and works on it.
    package func task(_ history: HistoryBuilder, queries: [WorkflowQuery] = []) -> [RunOutput] {
        let events = history.events.filter { $0.eventID > given }
        return task(events: events, started: history.lastStartedID, queries: queries)
    }

    /// Hands in the whole history as one task: a replay, on a run that knows nothing yet.
    package func replay(
        _ history: HistoryBuilder, previousStarted: Int64, pageSize: Int = .max
    ) -> [RunOutput] {
        lastStarted = previousStarted
        let pages = stride(from: 0, to: history.events.count, by: min(pageSize, history.events.count)).map {
            Array(history.events[$0..<min(history.events.count, $0 + min(pageSize, history.events.count))])
        }
        return task(events: pages[0], started: history.lastStartedID, laterPages: Array(pages.dropFirst()))
    }

    /// Asks a question that is a task of its own.
    package func query(_ query: WorkflowQuery) -> [RunOutput] {
        var task = Self.emptyTask
        task.previousStartedEventID = lastStarted
        task.query = query
        return work(.task(task), pages: [])
    }

    /// Drops the code as an eviction does.
    /// - Returns: the number of tasks that could not be ended.
    @discardableResult
    package func tearDown() -> Int { code.tearDown() }

    private func task(
        events: [HistoryEvent], started: Int64, queries: [WorkflowQuery] = [], laterPages: [[HistoryEvent]] = []
    ) -> [RunOutput] {
        var task = Self.emptyTask
        task.events = events
        task.previousStartedEventID = lastStarted
        task.startedEventID = started
        task.queries = queries
        task.nextPageToken = laterPages.isEmpty ? Data() : Data([1])
        given = laterPages.last?.last?.eventID ?? events.last?.eventID ?? given
        lastStarted = started
        return work(.task(task), pages: laterPages)
    }

    private func work(_ input: RunInput, pages: [[HistoryEvent]]) -> [RunOutput] {
        var inputs = [input]
        var pages = pages
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
                    inputs.append(.page(page, nextPageToken: pages.isEmpty ? Data() : Data([1])))
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
