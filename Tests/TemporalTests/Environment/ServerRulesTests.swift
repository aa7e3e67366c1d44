import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import Testing

@testable import TemporalTesting

/// The rules by which the server adds events, which a workflow's correctness rests on.
@Suite("The test environment's server")
struct ServerRulesTests {
    private typealias Complete = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest

    @Test(
        "What happens while a worker has the task is kept back, and written after the task's commands with a new task")
    func buffering() throws {
        var run = started()
        run.signal(name: "a", input: .init(), identity: "")
        #expect(run.events.count == 3)
        try run.completeTask(.with { $0.commands = [.timer("1")] })
        #expect(
            run.events.map(\.eventType) == [
                .workflowExecutionStarted, .workflowTaskScheduled, .workflowTaskStarted, .workflowTaskCompleted,
                .timerStarted, .workflowExecutionSignaled, .workflowTaskScheduled,
            ])
    }

    @Test("Kept-back ends of activities and children are written after everything else")
    func order() throws {
        var run = started()
        try run.completeTask(.with { $0.commands = [.activity("1"), .timer("1")] })
        run.signal(name: "wake", input: .init(), identity: "")
        run.startTask(identity: "")
        let scheduled = try #require(run.activities.keys.first)
        run.activities[scheduled]?.isStarted = true
        run.endActivity(scheduled, .completed(.init()), .unspecified)
        run.fireTimer(startedID: try #require(run.timers.keys.first))
        run.signal(name: "late", input: .init(), identity: "")
        let before = run.events.count
        try run.completeTask(.init())
        let added = run.events[before...]
        #expect(
            added.map(\.eventType) == [
                .workflowTaskCompleted, .activityTaskStarted, .timerFired, .workflowExecutionSignaled,
                .activityTaskCompleted, .workflowTaskScheduled,
            ])
        let start = try #require(added.first { $0.eventType == .activityTaskStarted })
        let end = try #require(added.first { $0.eventType == .activityTaskCompleted })
        #expect(end.activityTaskCompletedEventAttributes.startedEventID == start.eventID)
    }

    @Test("A run cannot end while something it has not seen is kept back: the task fails as an unhandled command")
    func unhandledCommand() throws {
        var run = started()
        run.signal(name: "a", input: .init(), identity: "")
        let refusal = #expect(throws: CommandRefusal.self) {
            try run.completeTask(.with { $0.commands = [.complete] })
        }
        #expect(refusal?.cause == .unhandledCommand)
    }

    @Test("A timer that fired while the task was worked on counts as cancelled when that task cancels it")
    func cancelledTimer() throws {
        var run = started()
        try run.completeTask(.with { $0.commands = [.timer("1")] })
        run.signal(name: "wake", input: .init(), identity: "")
        run.startTask(identity: "")
        run.fireTimer(startedID: try #require(run.timers.keys.first))
        try run.completeTask(.with { $0.commands = [.cancelTimer("1"), .complete] })
        #expect(!run.events.contains { $0.eventType == .timerFired })
        #expect(run.events.suffix(2).map(\.eventType) == [.timerCanceled, .workflowExecutionCompleted])
    }

    @Test("Commands after the one that ends the run are refused")
    func afterTheEnd() throws {
        var run = started()
        #expect(throws: CommandRefusal.self) { try run.completeTask(.with { $0.commands = [.complete, .timer("1")] }) }
    }

    @Test("Attempts after the first leave no events, until one succeeds or something else happens")
    func transientTasks() throws {
        var run = started()
        for _ in 0..<3 {
            run.failTask(cause: .unspecified, failure: .init(), identity: "", retryDelay: .zero)
            run.startTask(identity: "")
            #expect(run.events.last?.eventType == .workflowTaskFailed)
            #expect(run.visibleEvents(identity: "").suffix(2).map(\.eventID) == [5, 6])
        }
        try run.completeTask(.init())
        #expect(
            run.events.suffix(3).map(\.eventType) == [
                .workflowTaskScheduled, .workflowTaskStarted, .workflowTaskCompleted,
            ])
        #expect(run.events.map(\.eventID) == Array(1...7))
    }

    @Test("An activity nobody has begun is cancelled at once; one that is under way is told")
    func activityCancellation() throws {
        var run = started()
        try run.completeTask(.with { $0.commands = [.activity("1"), .activity("2")] })
        let ids = run.activities.keys.sorted()
        run.activities[ids[0]]?.isStarted = true
        run.signal(name: "wake", input: .init(), identity: "")
        run.startTask(identity: "")
        try run.completeTask(.with { $0.commands = ids.map { .cancelActivity($0) } })
        #expect(run.activities[ids[0]]?.isCancelRequested == true)
        #expect(run.activities[ids[1]] == nil)
        #expect(
            run.events.suffix(4).map(\.eventType) == [
                .activityTaskCancelRequested, .activityTaskCancelRequested, .activityTaskCanceled,
                .workflowTaskScheduled,
            ])
    }

    /// A run whose first task a worker has.
    private func started() -> ServerRun {
        var run = ServerRun(
            workflowID: "w", runID: "r", successorID: "s", started: .with { $0.taskQueue.name = "q" }, parent: nil)
        run.begin()
        run.startTask(identity: "")
        return run
    }
}

extension Command {
    fileprivate static func timer(_ id: String) -> Command {
        .with {
            $0.commandType = .startTimer
            $0.startTimerCommandAttributes.timerID = id
            $0.startTimerCommandAttributes.startToFireTimeout = .init(seconds: 1)
        }
    }

    fileprivate static func cancelTimer(_ id: String) -> Command {
        .with {
            $0.commandType = .cancelTimer
            $0.cancelTimerCommandAttributes.timerID = id
        }
    }

    fileprivate static func activity(_ id: String) -> Command {
        .with {
            $0.commandType = .scheduleActivityTask
            $0.scheduleActivityTaskCommandAttributes.activityID = id
            $0.scheduleActivityTaskCommandAttributes.startToCloseTimeout = .init(seconds: 1)
        }
    }

    fileprivate static func cancelActivity(_ scheduledID: Int64) -> Command {
        .with {
            $0.commandType = .requestCancelActivityTask
            $0.requestCancelActivityTaskCommandAttributes.scheduledEventID = scheduledID
        }
    }

    fileprivate static var complete: Command {
        .with {
            $0.commandType = .completeWorkflowExecution
            $0.completeWorkflowExecutionCommandAttributes = .init()
        }
    }
}
