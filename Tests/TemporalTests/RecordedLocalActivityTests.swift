import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

/// The workflow of the recordings: a local activity of fifteen seconds, and then an ordinary one.
final class EvictWhileLocalWorkflow: Workflow {
    static let workflowType = "evict_while_la_running_no_interference"
    private static let delay = ActivityType<String, NoValue>("delay")

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        _ = try await context.executeLocal(
            Self.delay, "hi!", options: LocalActivityOptions(startToClose: .seconds(100)))
        return try await context.execute(Self.delay, "hi!", options: ActivityOptions(startToClose: .seconds(20)))
    }
}

/// The other workflow of the recordings: a local activity of six seconds, while updates come that may take two.
final class LongLocalWorkflow: Workflow {
    static var handlers: WorkflowHandlers<LongLocalWorkflow> {
        WorkflowHandlers().update(UpdateType<RawValue, NoValue>("update")) { long, _, context in
            if long.isSlow { try await context.sleep(for: .seconds(2)) }
            return NoValue()
        }
    }

    /// Whether updates take their time, in instances that run meanwhile.
    @TaskLocal static var isSlow = false

    private let isSlow: Bool

    init(_ input: NoValue) { isSlow = Self.isSlow }

    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await context.executeLocal(
            ActivityType<String, NoValue>("delay"), "hi!", options: LocalActivityOptions(startToClose: .seconds(100)))
    }
}

@Suite(
    "Local activities recorded by other SDKs",
    .enabled(if: RecordedHistories.areThere, RecordedHistories.missing))
struct RecordedLocalActivityTests {
    @Test("Scenario 070: a recording with a signal and heartbeats before the marker goes on to its end")
    func signalBeforeMarker() throws {
        let events = try RecordedHistories.history("core/evict_while_la_running_no_interference-16_history.bin").events
        try expectCompletion(events.withTask, previousStarted: 7)
    }

    @Test(
        "Scenario 070: a recording of tasks that timed out before the marker, and failed after it, goes on to its end")
    func failedTasks() throws {
        let events = try RecordedHistories.history("core/evict_while_la_running_no_interference-85_history.bin").events
        try expectCompletion(events.withTask, previousStarted: 13)
        try expectCompletion(Array(events.prefix(20)), previousStarted: 13)
    }

    @Test("Scenario 070: a recording replays as far as it is deterministic, and not a step further")
    func nondeterminism() throws {
        let events = try RecordedHistories.history("core/evict_while_la_running_no_interference-23_history.bin").events
        try expectCompletion(Array(events.prefix(23)), previousStarted: 10)
        // Some worker of old scheduled the activity a second time.
        for size in 1...events.count {
            let outputs = ScriptedRun(EvictWhileLocalWorkflow.self)
                .replay(events: events.withTask, previousStarted: 23, pageSize: size)
            #expect(outputs.taskFailure?.cause == .nonDeterministicError, "page size \(size)")
        }
    }

    @Test(
        "Scenario 069: updates that come while a local activity runs, quick and slow ones, replay with it",
        arguments: [(0, false), (1, true), (2, false), (3, true)])
    func updatesMeanwhile(number: Int, isSlow: Bool) throws {
        let path = "core/long_local_activity_with_update-\(number)_history.bin"
        let events = try RecordedHistories.history(path).renamed(to: "LongLocalWorkflow").events
        let tasks = events.indices.filter {
            events[$0].eventType == .workflowTaskCompleted
        }.map { events[$0].workflowTaskCompletedEventAttributes.startedEventID }
        func replay(_ events: some Collection<HistoryEvent>, previous: Int64, pageSize: Int = .max) -> [RunOutput] {
            LongLocalWorkflow.$isSlow.withValue(isSlow) {
                ScriptedRun(LongLocalWorkflow.self)
                    .replay(events: Array(events), previousStarted: previous, pageSize: pageSize)
            }
        }
        for size in 1...events.count {
            let outputs = replay(events, previous: tasks.last ?? 0, pageSize: size)
            #expect(outputs.taskFailure == nil, "page size \(size)")
            #expect(outputs.commands.isEmpty, "page size \(size)")
        }
        // Taken over by another worker at any of its tasks, it waits for the local activity anew.
        for (previous, task) in zip([0] + tasks, tasks) {
            let outputs = replay(events.prefix { $0.eventID <= task }, previous: previous)
            #expect(outputs.taskFailure == nil, "task \(task)")
            #expect(
                outputs.contains { if case .awaitLocalActivities = $0 { true } else { false } },
                "task \(task): \(outputs)")
        }
        // Code that answers updates in another way is found out.
        #expect(throws: (any Error).self) {
            let other = LongLocalWorkflow.$isSlow.withValue(!isSlow) {
                ScriptedRun(LongLocalWorkflow.self).replay(events: events, previousStarted: tasks.last ?? 0)
            }
            if let failure = other.taskFailure { throw failure }
        }
    }

    private func expectCompletion(_ events: [HistoryEvent], previousStarted: Int64) throws {
        for size in 1...events.count {
            let run = ScriptedRun(EvictWhileLocalWorkflow.self)
            let outputs = run.replay(events: events, previousStarted: previousStarted, pageSize: size)
            #expect(outputs.commandTypes == [.completeWorkflowExecution], "page size \(size): \(outputs)")
        }
    }
}

extension [HistoryEvent] {
    /// With a task that a worker has just taken.
    fileprivate var withTask: [HistoryEvent] {
        let last = last?.eventID ?? 0
        let scheduled = HistoryEvent.with {
            $0.eventID = last + 1
            $0.eventType = .workflowTaskScheduled
            $0.workflowTaskScheduledEventAttributes = .init()
        }
        let started = HistoryEvent.with {
            $0.eventID = last + 2
            $0.eventType = .workflowTaskStarted
            $0.workflowTaskStartedEventAttributes.scheduledEventID = last + 1
        }
        return self + [scheduled, started]
    }
}
