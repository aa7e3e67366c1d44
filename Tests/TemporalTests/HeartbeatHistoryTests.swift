import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Histories with tasks that only kept a run alive")
struct HeartbeatHistoryTests {
    @Test("Scenario 012: a chain of empty tasks and then a marker wake the code once, not once for each")
    func chainThenMarker() throws {
        var history = try firstTask("SequentialLocalWorkflow", input: 1)
        history.taskCompleted()
        for _ in 0..<20 { history.task() }
        try history.localActivityMarker(1, type: "work", result: "x")
        history.add(.workflowExecutionCompleted, .workflowExecutionCompletedEventAttributes(.init()))
        #expect(lastEvents(history) == [63, 66])
        for size in 1...history.events.count {
            let run = ScriptedRun(SequentialLocalWorkflow.self)
            let outputs = run.replay(history, previousStarted: history.lastStartedID, pageSize: size)
            #expect(outputs.taskFailure == nil, "page size \(size)")
            #expect(run.activations.count == 2, "page size \(size)")
        }
    }

    @Test("Scenario 013: empty tasks and then a signal: the signal belongs to the task after it")
    func chainThenSignal() throws {
        var history = try firstTask("LocalAndSignalWorkflow")
        history.taskCompleted()
        history.task()
        history.task()
        try history.signaled("note", "hello")
        history.taskScheduledAndStarted()
        #expect(lastEvents(history) == [9, 13])
        #expect(lastEvents(history, after: 3) == [9, 13])
        for size in 1...history.events.count {
            let run = ScriptedRun(LocalAndSignalWorkflow.self)
            let outputs = run.replay(history, previousStarted: 9, pageSize: size)
            #expect(run.activations.map(\.jobs.count) == [1, 1], "page size \(size)")
            // Nobody ever saw the activity end.
            #expect(outputs.started == [1], "page size \(size)")
        }
    }

    @Test("Scenario 014: a task just before a chain of empty ones is not taken for one of them")
    func taskBeforeChain() throws {
        var history = try firstTask("LocalAndTimerWorkflow")
        history.taskCompleted()
        let first = history.timerStarted(1)
        history.timerFired(1, started: first)
        history.task()
        history.timerStarted(2)
        history.taskScheduledAndStarted()
        let before = history.lastID
        history.taskCompleted()
        for _ in 0..<50 { history.task() }
        try history.localActivityMarker(1, type: "work", result: "x")
        history.add(.workflowExecutionTerminated, .workflowExecutionTerminatedEventAttributes(.init()))
        #expect(lastEvents(history) == [3, 8, before, before + 150, before + 153])
        let run = ScriptedRun(LocalAndTimerWorkflow.self)
        #expect(run.replay(history, previousStarted: history.lastStartedID).taskFailure == nil)
        #expect(run.activations.map(\.now.seconds).last == 1_700_000_000 + before + 149)
    }

    /// The last event of each piece the history is cut into.
    private func lastEvents(_ history: HistoryBuilder, after start: Int64 = 0) -> [Int64] {
        var events = history.events
        var start = start
        var ends: [Int64] = []
        while let end = WorkflowTaskSplitter.endOfNextPiece(events[...], after: start) {
            start = events[end].eventID
            ends.append(start)
            events.removeSubrange(...end)
        }
        return ends + (events.last.map { [$0.eventID] } ?? [])
    }
}
