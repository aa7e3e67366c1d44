import Foundation
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

/// Does what the test says: the code stands next to the history it is played.
final class BodyWorkflow: Workflow {
    typealias Body = @Sendable (WorkflowContext) async throws -> String

    /// What instances do that are made meanwhile.
    @TaskLocal static var body: Body = { _ in "" }

    private let body: Body

    init(_ input: NoValue) { body = Self.body }

    func run(_ context: WorkflowContext) async throws -> String { try await body(context) }
}

/// A value that the tasks of one run share.
final class Box<Value>: @unchecked Sendable {
    var value: Value

    init(_ value: Value) { self.value = value }
}

/// Plays a history, which ends with a started task, in every way a worker may get to see it: task by task; as a whole up to each task, as
/// after an eviction; and in pages of every size. All must lead to the same commands.
/// - Returns: the commands of each task.
func play(
    _ history: HistoryBuilder, options: RunOptions = .init(), _ body: @escaping BodyWorkflow.Body
) throws -> [[Command]] {
    try BodyWorkflow.$body.withValue(body) {
        let started = history.concludedTasks
        let kept = ScriptedRun(BodyWorkflow.self, options: options)
        let commands = try started.map { id in
            let outputs = kept.task(history.prefix(through: id))
            try #require(outputs.taskFailure == nil, "task \(id)")
            return outputs.commands
        }
        for (index, id) in started.enumerated() {
            let known = history.prefix(through: id)
            let sizes = index == started.count - 1 ? Array(1...known.events.count) : [Int.max]
            for size in sizes {
                let fresh = ScriptedRun(BodyWorkflow.self, options: options)
                let previous = index == 0 ? 0 : started[index - 1]
                let replayed = fresh.replay(known, previousStarted: previous, pageSize: size)
                #expect(replayed.taskFailure == nil, "replay of task \(id) in pages of \(size)")
                #expect(replayed.commands == commands[index], "replay of task \(id) in pages of \(size)")
            }
        }
        return commands
    }
}

/// Plays a history as a whole to a worker that knows nothing of the run.
func replay(
    _ history: HistoryBuilder, options: RunOptions = .init(), _ body: @escaping BodyWorkflow.Body
) -> [RunOutput] {
    BodyWorkflow.$body.withValue(body) {
        let started = history.concludedTasks
        return ScriptedRun(BodyWorkflow.self, options: options).replay(
            history, previousStarted: started.count < 2 ? 0 : started[started.count - 2])
    }
}

/// What a completion returns, or how it fails.
extension [Command] {
    var types: [Temporal_Api_Enums_V1_CommandType] { map(\.commandType) }

    var result: String? {
        first { $0.commandType == .completeWorkflowExecution }.flatMap {
            try? DataConverter.standard.decode(
                String.self, from: $0.completeWorkflowExecutionCommandAttributes.result)
        }
    }

    var failure: Failure? {
        first { $0.commandType == .failWorkflowExecution }?.failWorkflowExecutionCommandAttributes.failure
    }
}

extension HistoryBuilder {
    /// A run of ``BodyWorkflow`` that has just been handed to a worker.
    static func begun() throws -> HistoryBuilder { try firstTask("BodyWorkflow") }

    /// The started events of the tasks that were, or are to be, completed.
    var concludedTasks: [Int64] {
        events.indices.filter { index in
            events[index].eventType == .workflowTaskStarted
                && (index == events.count - 1 || events[index + 1].eventType == .workflowTaskCompleted)
        }.map { events[$0].eventID }
    }
}

extension ActivityType where Input == NoValue, Output == String {
    static var work: Self { .init("work") }
}

extension WorkflowContext {
    /// Calls the activity that tests call.
    func work(_ cancellationType: CancellationType = .tryCancel) async throws -> String {
        try await execute(
            ActivityType<NoValue, String>.work, NoValue(),
            options: ActivityOptions(startToClose: .seconds(10), cancellationType: cancellationType))
    }
}
