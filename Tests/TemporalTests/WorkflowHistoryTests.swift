import Foundation
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("A run, and histories that are cut or end in odd ways")
struct WorkflowHistoryTests {
    @Test("Scenario 007: an empty page in the middle of a history is stepped over")
    func emptyPage() throws {
        let history = try fired()
        let events = history.events
        let run = ScriptedRun(SleepWorkflow.self)
        let pages = [Array(events[..<4]), [], Array(events[4...])]
        #expect(try run.replay(history, previousStarted: 3, pages: pages).result() == "slept")
    }

    @Test("Scenario 008: a last token that leads to an empty page ends the history")
    func emptyLastPage() throws {
        let history = try fired()
        for pages in [[history.events, []], [Array(history.events[..<5]), Array(history.events[5...]), []]] {
            let run = ScriptedRun(SleepWorkflow.self)
            #expect(try run.replay(history, previousStarted: 3, pages: pages).result() == "slept")
            #expect(run.activations.map(\.isReplaying) == [true, false])
        }
    }

    @Test("Scenario 018: a history that ends with a task's commands is replayed, and no task is completed")
    func endsWithCommands() throws {
        var history = try firstTask("SleepWorkflow")
        history.taskCompleted()
        history.timerStarted(1)
        for size in 1...history.events.count {
            let run = ScriptedRun(SleepWorkflow.self)
            let outputs = run.replay(history, previousStarted: 3, pageSize: size)
            #expect(outputs.isQuietEnd, "page size \(size): \(outputs)")
            #expect(run.activations.map(\.isReplaying) == [true])
        }
    }

    @Test("Scenario 019: a history may end with the run's end while a task is under way", arguments: Self.abruptEnds)
    func endsAbruptly(type: EventType) throws {
        var history = try fired()
        history.end(type)
        for size in 1...history.events.count {
            let outputs = ScriptedRun(SleepWorkflow.self).replay(history, previousStarted: 3, pageSize: size)
            #expect(outputs.isQuietEnd, "page size \(size): \(outputs)")
        }
    }

    private static let abruptEnds: [EventType] = [
        .workflowExecutionTerminated, .workflowExecutionTimedOut, .workflowExecutionCanceled,
    ]

    @Test("Scenario 020: a history that ends with an empty task is replayed, and no task is completed")
    func endsWithEmptyTask() throws {
        var history = try firstTask("CounterWorkflow")
        history.taskCompleted()
        for size in 1...history.events.count {
            let run = ScriptedRun(CounterWorkflow.self)
            #expect(run.replay(history, previousStarted: 3, pageSize: size).isQuietEnd)
            #expect(!run.isBroken)
        }
    }

    @Test("Scenario 021: nothing may follow the end of a run")
    func eventAfterTheEnd() throws {
        var history = try fired()
        history.taskCompleted()
        try history.completed(result: "slept")
        history.taskScheduledAndStarted()
        let run = ScriptedRun(SleepWorkflow.self)
        let failure = try #require(run.replay(history, previousStarted: 8).taskFailure)
        #expect(failure.cause == .workflowWorkerUnhandledFailure)
        #expect(failure.failure.message.contains("follows the end of the run"))
        #expect(run.isBroken)
    }

    @Test("Scenario 022: an unknown event is stepped over if it may be, and fails the task if it may not")
    func unknownEvent() throws {
        for mayIgnore in [true, false] {
            var history = HistoryBuilder(workflowType: "CounterWorkflow")
            try history.started()
            history.addUnknown(mayIgnore: mayIgnore)
            try history.signaled("stop", NoValue())
            history.taskScheduledAndStarted()
            let outputs = ScriptedRun(CounterWorkflow.self).task(history)
            #expect(try outputs.result() == (mayIgnore ? [0] : [Int]?.none))
            #expect(outputs.taskFailure?.cause == (mayIgnore ? nil : .workflowWorkerUnhandledFailure))
        }
    }

    @Test("Scenario 024: code knows a replay from new events, whole and task by task, at every page size")
    func replayFlags() throws {
        var history = try firstTask("CounterWorkflow")
        let run = ScriptedRun(CounterWorkflow.self)
        _ = run.task(history)
        #expect(run.activations.map(\.isReplaying) == [false])
        for value in 1...3 {
            history.taskCompleted()
            try history.signaled("add", value)
            history.taskScheduledAndStarted()
            let previous = history.events.dropLast().last { $0.eventType == .workflowTaskStarted }?.eventID ?? 0
            _ = run.task(history)
            #expect(run.activations.map(\.isReplaying) == [false])
            for size in 1...history.events.count {
                let fresh = ScriptedRun(CounterWorkflow.self)
                _ = fresh.replay(history, previousStarted: previous, pageSize: size)
                let expected = Array(repeating: true, count: value) + [false]
                #expect(fresh.activations.map(\.isReplaying) == expected, "page size \(size)")
            }
        }
        let part = ScriptedRun(CounterWorkflow.self)
        _ = part.sticky(history, from: history.lastStartedID - 2, stored: history.lastID)
        #expect(part.activations.map(\.isReplaying) == [true, true, true, false])
    }

    @Test("A task that failed after a replayed one does not end the replay early")
    func failedTaskAfterReplay() throws {
        var history = try fired()
        history.taskFailed()
        history.taskScheduledAndStarted()
        for size in 1...history.events.count {
            let run = ScriptedRun(SleepWorkflow.self)
            #expect(try run.replay(history, previousStarted: 3, pageSize: size).result() == "slept")
            #expect(run.activations.map(\.isReplaying) == [true, false], "page size \(size)")
        }
    }

    /// A timer has fired, and a task to go on with has started.
    private func fired() throws -> HistoryBuilder {
        var history = try firstTask("SleepWorkflow")
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        return history
    }
}

extension HistoryBuilder {
    /// Ends the run from outside its code.
    fileprivate mutating func end(_ type: EventType) {
        switch type {
        case .workflowExecutionTerminated: add(type, .workflowExecutionTerminatedEventAttributes(.init()))
        case .workflowExecutionTimedOut: add(type, .workflowExecutionTimedOutEventAttributes(.init()))
        default: add(type, .workflowExecutionCanceledEventAttributes(.init()))
        }
    }
}

extension [RunOutput] {
    /// True when there is nothing to send and nothing went wrong.
    fileprivate var isQuietEnd: Bool {
        switch first {
        case .replayed(let unmatched)?: count == 1 && unmatched.isEmpty
        // There is no task to be answered any more.
        case .abandon(nil)?: count == 1
        default: false
        }
    }
}
