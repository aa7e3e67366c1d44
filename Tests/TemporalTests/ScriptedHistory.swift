import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

/// Keeps the history of one run as a server would, while a run that stays in memory works on it task by task.
struct ScriptedHistory {
    private(set) var history: HistoryBuilder
    let run: ScriptedRun
    private let makeRun: () -> ScriptedRun
    /// The started event of the last task that was answered.
    private var lastAnswered: Int64 = 0

    /// - Parameter alsoReplays: false where a run that was evicted may rightly do otherwise.
    init<Definition: Workflow>(
        _ type: Definition.Type, input: some Encodable & Sendable = NoValue(), alsoReplays: Bool = true
    ) throws {
        makeRun = { ScriptedRun(type, alsoReplays: alsoReplays) }
        run = makeRun()
        history = try firstTask(Definition.workflowType, input: input)
    }

    /// Hands out the task that begins the run.
    func begin(queries: [WorkflowQuery] = []) -> [RunOutput] { run.task(history, queries: queries) }

    /// Records what a completion asks for.
    mutating func record(_ outputs: [RunOutput]) throws {
        let completion = try #require(outputs.completion, "no completion in \(outputs)")
        lastAnswered = history.lastStartedID
        history.taskCompleted()
        for command in completion.commands { record(command) }
    }

    /// Lets things happen, and hands out the next task.
    mutating func next(_ change: (inout HistoryBuilder) throws -> Void) rethrows -> [RunOutput] {
        try change(&history)
        return next()
    }

    /// Hands out the next task.
    mutating func next(queries: [WorkflowQuery] = []) -> [RunOutput] {
        history.taskScheduledAndStarted()
        return run.task(history, queries: queries)
    }

    /// Lets things happen that the run in memory is not told of.
    mutating func change(_ change: (inout HistoryBuilder) throws -> Void) rethrows { try change(&history) }

    /// A worker that knows nothing works through the history, whatever the size of its pages. It must come to the same commands as the
    /// run in memory did, and run nothing again.
    func expectSameOnReplay(_ outputs: [RunOutput], _ location: SourceLocation = #_sourceLocation) {
        for size in 1...history.events.count {
            let replayed = makeRun().replay(history, previousStarted: lastAnswered, pageSize: size)
            #expect(
                replayed.completion?.commands == outputs.completion?.commands, "page size \(size)",
                sourceLocation: location)
            #expect(replayed.taskFailure == nil, "page size \(size)", sourceLocation: location)
            #expect(replayed.started.isEmpty, "page size \(size)", sourceLocation: location)
        }
    }

    /// As above, of a history whose last task was answered: nothing is left to do, and nothing contradicts it.
    func expectCleanReplay(_ location: SourceLocation = #_sourceLocation) {
        for size in 1...history.events.count {
            let replayed = makeRun().replay(history, previousStarted: history.lastStartedID, pageSize: size)
            #expect(replayed.taskFailure == nil, "page size \(size): \(replayed)", sourceLocation: location)
            #expect(replayed.started.isEmpty, "page size \(size)", sourceLocation: location)
        }
    }

    /// A worker that knows nothing takes the task over.
    func takeOver(pageSize: Int = .max) -> (ScriptedRun, [RunOutput]) {
        let run = makeRun()
        return (run, run.replay(history, previousStarted: lastAnswered, pageSize: pageSize))
    }

    private mutating func record(_ command: Command) {
        switch command.attributes {
        case .recordMarkerCommandAttributes(let attributes):
            history.add(
                .markerRecorded,
                .markerRecordedEventAttributes(
                    .with {
                        $0.markerName = attributes.markerName
                        $0.details = attributes.details
                        if attributes.hasFailure { $0.failure = attributes.failure }
                    }))
        case .startTimerCommandAttributes(let attributes):
            history.add(
                .timerStarted, .timerStartedEventAttributes(.with { $0.timerID = attributes.timerID }))
        case .completeWorkflowExecutionCommandAttributes(let attributes):
            history.add(
                .workflowExecutionCompleted,
                .workflowExecutionCompletedEventAttributes(.with { $0.result = attributes.result }))
        case .failWorkflowExecutionCommandAttributes(let attributes):
            history.add(
                .workflowExecutionFailed,
                .workflowExecutionFailedEventAttributes(.with { $0.failure = attributes.failure }))
        default: Issue.record("this server does not know the command \(command)")
        }
    }
}

extension [RunOutput] {
    var completion: Completion? {
        for case .complete(let completion) in self { return completion }
        return nil
    }

    /// The local activities to be started.
    var started: [Int] {
        compactMap { if case .startLocalActivity(let request) = $0 { request.sequence } else { nil } }
    }

    /// The local activities to be cancelled.
    var canceled: [Int] {
        compactMap { if case .cancelLocalActivity(let sequence) = $0 { sequence } else { nil } }
    }

    /// True when all local activities are to be cancelled.
    var cancelsAll: Bool { contains { if case .cancelLocalActivities = $0 { true } else { false } } }

    /// When the task is to be answered in any case, if it waits for local activities.
    var heartbeat: Duration? {
        for case .awaitLocalActivities(let limit) in self { return limit }
        return nil
    }

    /// What the workflow returned, if one of these outputs ends it.
    func finalResult<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value? {
        let close = completion?.commands.first { $0.commandType == .completeWorkflowExecution }
        return try close.map {
            try DataConverter.standard.decode(type, from: $0.completeWorkflowExecutionCommandAttributes.result)
        }
    }
}

extension Command {
    /// What a local activity's marker says.
    var marker: LocalActivityMarker? {
        var event = HistoryEvent()
        event.markerRecordedEventAttributes = .with {
            $0.markerName = recordMarkerCommandAttributes.markerName
            $0.details = recordMarkerCommandAttributes.details
            if recordMarkerCommandAttributes.hasFailure { $0.failure = recordMarkerCommandAttributes.failure }
        }
        return try? LocalActivityMarker(event)
    }
}

extension LocalActivityResolution {
    /// A success that says `text`.
    static func success(_ sequence: Int, _ text: String, after runtime: Duration = .zero) throws -> Self {
        .init(
            sequence: sequence, result: .completed(try DataConverter.standard.payloads(encoding: text)),
            runtime: runtime)
    }

    static func failure(
        _ sequence: Int, _ error: any Error, attempt: Int = 1, backoff: Duration? = nil
    ) -> Self {
        .init(
            sequence: sequence, attempt: attempt, result: .failed(FailureConverter().failure(from: error)),
            backoff: backoff)
    }

    static func canceled(_ sequence: Int) -> Self {
        .init(sequence: sequence, result: .canceled(FailureConverter().failure(from: CancellationError())))
    }
}
