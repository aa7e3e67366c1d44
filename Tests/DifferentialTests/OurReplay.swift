import Foundation
import Logging
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Replays a whole history with our worker's machines and code.
enum OurReplay {
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// Replays the history as it would come from the server: whole, and in pages of several sizes.
    /// - Throws: ``Refusal`` when the code does not ask for what history holds.
    static func replay(_ events: [HistoryEvent], workflowID: String, runID: String) throws {
        for pageSize in [events.count, 3, 1] { try replay(events, pageSize: pageSize, workflowID, runID) }
    }

    private static func replay(
        _ events: [HistoryEvent], pageSize: Int, _ workflowID: String, _ runID: String
    ) throws {
        let name = events.first?.workflowExecutionStartedEventAttributes.workflowType.name
        guard let type = Scenario.workflows.first(where: { $0.workflowType == name }) else {
            throw Refusal(description: "no workflow \(name ?? "")")
        }
        var pages = stride(from: 0, to: events.count, by: pageSize)
            .map { Array(events[$0..<min($0 + pageSize, events.count)]) }[...]
        var token: Data { pages.isEmpty ? Data() : Data([1]) }
        var state = RunState(workflowID: workflowID, runID: runID, namespace: "default", taskQueue: "replay")
        var code = driver(type)
        defer { code.tearDown() }
        var task = WorkflowTask(
            present: .with {
                $0.taskToken = Data([1])
                $0.workflowExecution.workflowID = workflowID
                $0.workflowExecution.runID = runID
                $0.attempt = 1
            })
        task.events = pages.removeFirst()
        task.nextPageToken = token
        task.startedEventID = events.last { $0.eventType == .workflowTaskStarted }?.eventID ?? 0
        task.previousStartedEventID = task.startedEventID
        var inputs: [RunInput] = [.task(task)]
        while !inputs.isEmpty {
            for output in state.apply(inputs.removeFirst()) {
                switch output {
                case .activate(let activation): inputs.append(.code(code.activate(activation)))
                case .fetchHistory where !pages.isEmpty:
                    let page = pages.removeFirst()
                    inputs.append(.page(page, nextPageToken: token))
                case .fail(let failure, _), .abandon(let failure?):
                    throw Refusal(description: failure.failure.message)
                case .complete(let completion) where !completion.commands.isEmpty:
                    throw Refusal(description: "the code asks for more than history holds: \(completion.commands)")
                case .replayed(let commands) where commands.contains { $0.commandType != .recordMarker }:
                    throw Refusal(description: "the code asks for more than history holds: \(commands)")
                case .complete, .replayed, .abandon(nil), .resetCode, .cancelLocalActivity, .cancelLocalActivities: break
                case .startLocalActivity, .awaitLocalActivities:
                    throw Refusal(description: "a replay runs no local activity: \(output)")
                case .fetchHistory, .answerQuery:
                    throw Refusal(description: "the replay asks for what it was given already: \(output)")
                }
            }
        }
    }

    private static func driver(_ type: any Workflow.Type) -> any WorkflowDriver {
        makeWorkflowDriver(
            type, namespace: "default", taskQueue: "replay",
            logger: Logger(label: "replay") { _ in SwiftLogNoOpLogHandler() })
    }
}
