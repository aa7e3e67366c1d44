import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Local activities of a run")
struct LocalActivityTests {
    @Test("Scenario 058: one local activity holds its task, and its marker is sent with what follows")
    func one() throws {
        var server = try ScriptedHistory(SequentialLocalWorkflow.self, input: 1)
        let first = server.begin()
        #expect(first.started == [1])
        #expect(first.heartbeat == .seconds(8))
        #expect(first.completion == nil)

        let last = server.run.resolveLocalActivity(try .success(1, "done", after: .milliseconds(1500)))
        #expect(try last.finalResult() == ["done"])
        let commands = try #require(last.completion?.commands)
        #expect(commands.map(\.commandType) == [.recordMarker, .completeWorkflowExecution])
        let attributes = commands[0].recordMarkerCommandAttributes
        #expect(attributes.markerName == "core_local_activity")
        // Byte for byte what Temporal's Core writes; the workflow began at 1700000002, by the third event.
        let data = try #require(attributes.details["data"]?.payloads.first)
        #expect(
            String(decoding: data.data, as: UTF8.self) == """
                {"seq":1,"attempt":1,"activity_id":"1","activity_type":"work",\
                "complete_time":{"seconds":1700000003,"nanos":500000000},"backoff":null,\
                "original_schedule_time":{"seconds":1700000002,"nanos":0},"activation_index":1}
                """)
        let result = try #require(attributes.details["result"])
        #expect(try DataConverter.standard.decode(String.self, from: result) == "done")
        try server.record(last)
        server.expectCleanReplay()
    }

    @Test("Scenario 058: two local activities, one after the other, end in one task")
    func sequential() throws {
        var server = try ScriptedHistory(SequentialLocalWorkflow.self, input: 2)
        #expect(server.begin().started == [1])
        let second = server.run.resolveLocalActivity(try .success(1, "a"))
        #expect(second.started == [2])
        #expect(second.completion == nil)
        let last = server.run.resolveLocalActivity(try .success(2, "b"))
        #expect(try last.finalResult() == ["a", "b"])
        #expect(last.completion?.commands.compactMap { $0.marker?.sequence } == [1, 2])
        try server.record(last)
        server.expectCleanReplay()
    }

    @Test("Scenario 058: fifty at once are told one by one, in the order in which they end, and so on replay")
    func parallel() throws {
        var server = try ScriptedHistory(ParallelLocalWorkflow.self, input: 50)
        #expect(server.begin().started == Array(1...50))
        let ends = (1...50).sorted { $0 * 7 % 53 < $1 * 7 % 53 }
        var outputs: [RunOutput] = []
        for sequence in ends { outputs = server.run.resolveLocalActivity(try .success(sequence, "\(sequence)")) }
        #expect(outputs.completion?.commands.compactMap { $0.marker?.sequence } == ends)
        try server.record(outputs)
        let timer = server.history.events.first { $0.eventType == .timerStarted }?.eventID ?? 0
        let next = server.next { $0.timerFired(1, started: timer) }
        #expect(next.completion?.commands.map(\.commandType) == [.startTimer])
        let (_, replayed) = server.takeOver()
        #expect(replayed.completion?.commands == next.completion?.commands)
        try server.record(next)
        let second = server.history.lastID
        let last = server.next { $0.timerFired(2, started: second) }
        #expect(try last.finalResult() == ends.map(String.init))
        let (_, end) = server.takeOver()
        #expect(end.completion?.commands == last.completion?.commands)
    }

    @Test("Scenario 059: a task that waits too long is answered, asks for another, and the marker comes at the end")
    func heartbeats() throws {
        var server = try ScriptedHistory(SequentialLocalWorkflow.self, input: 1)
        #expect(server.begin().started == [1])
        for _ in 0..<3 {
            let beat = server.run.heartbeatDue()
            #expect(beat.completion?.forcesNewTask == true)
            #expect(beat.completion?.commands.isEmpty == true)
            try server.record(beat)
            let next = server.next()
            #expect(next.started == [])
            #expect(next.heartbeat == .seconds(8))
            #expect(server.run.activations.isEmpty)
        }
        let last = server.run.resolveLocalActivity(try .success(1, "at last"))
        #expect(try last.finalResult() == ["at last"])
        #expect(last.completion?.forcesNewTask == false)
        try server.record(last)
        server.expectCleanReplay()
    }

    @Test("A task time-out set for the workflow sets the pace of the heartbeats")
    func taskTimeout() throws {
        var history = HistoryBuilder(workflowType: "SequentialLocalWorkflow")
        let input = try DataConverter.standard.payloads(encoding: 1)
        history.add(
            .workflowExecutionStarted,
            .workflowExecutionStartedEventAttributes(
                .with {
                    $0.workflowTaskTimeout.seconds = 5
                    $0.input = input
                }))
        history.taskScheduledAndStarted()
        #expect(ScriptedRun(SequentialLocalWorkflow.self).task(history).heartbeat == .seconds(4))
    }

    @Test("An end that comes between two tasks waits for the next, and is told after what came with it")
    func betweenTasks() throws {
        var server = try ScriptedHistory(LocalAndSignalWorkflow.self)
        _ = server.begin()
        try server.record(server.run.heartbeatDue())
        let early = server.run.resolveLocalActivity(try .success(1, "local"))
        #expect(early.isEmpty)
        let last = try server.next { try $0.signaled("note", "signal") }
        #expect(try last.finalResult() == ["signal", "local"])
        #expect(last.completion?.commands.map(\.commandType) == [.recordMarker, .completeWorkflowExecution])
        try server.record(last)
        server.expectCleanReplay()
    }

    @Test("Scenario 060: what a lost worker was running is run again when a task begins that nobody answered")
    func takenOver() throws {
        var server = try ScriptedHistory(LocalAndTimerWorkflow.self)
        #expect(server.begin().started == [1])
        let beat = server.run.heartbeatDue()
        #expect(beat.completion?.commands.map(\.commandType) == [.startTimer])
        try server.record(beat)
        let timer = server.history.lastID
        server.change {
            $0.timerFired(1, started: timer)
            $0.taskScheduledAndStarted()
            $0.taskTimedOut()
            $0.taskScheduledAndStarted()
        }
        for size in 1...server.history.events.count {
            let (run, outputs) = server.takeOver(pageSize: size)
            #expect(outputs.started == [1], "page size \(size)")
            #expect(outputs.heartbeat != nil, "page size \(size)")
            #expect(outputs.completion == nil, "page size \(size)")
            let answer = run.resolveLocalActivity(try .success(1, "again"))
            #expect(
                answer.completion?.commands.map(\.commandType) == [.startTimer, .recordMarker], "page size \(size)")
        }
    }

    @Test("Scenario 061: a local activity and a timer of one task replay, though the marker comes after the timer")
    func timerFirst() throws {
        var server = try ScriptedHistory(LocalAndTimerWorkflow.self)
        _ = server.begin()
        let first = server.run.resolveLocalActivity(try .success(1, "local"))
        #expect(first.completion?.commands.map(\.commandType) == [.startTimer, .recordMarker])
        try server.record(first)
        let timer = server.history.lastID - 1
        let second = server.next { $0.timerFired(1, started: timer) }
        #expect(second.completion?.commands.map(\.commandType) == [.startTimer])
        server.expectSameOnReplay(second)
        try server.record(second)
        let next = server.history.lastID
        let last = server.next { $0.timerFired(2, started: next) }
        #expect(try last.finalResult() == ["local"])
        server.expectSameOnReplay(last)
    }

    @Test("Scenario 061: a marker before the timer of the same task replays too")
    func markerFirst() throws {
        var history = try firstTask("LocalAndTimerWorkflow")
        history.taskCompleted()
        try history.localActivityMarker(1, type: "work", result: "local")
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        for size in 1...history.events.count {
            let outputs = ScriptedRun(LocalAndTimerWorkflow.self).replay(history, previousStarted: 3, pageSize: size)
            #expect(outputs.completion?.commands.map(\.commandType) == [.startTimer], "page size \(size)")
            #expect(outputs.started.isEmpty, "page size \(size)")
        }
    }

    @Test("A marker of another activity, or one the code does not ask for, is nondeterminism that names both")
    func changedCode() throws {
        for (sequence, type) in [(1, "other"), (2, "work")] {
            var history = try firstTask("SequentialLocalWorkflow", input: 1)
            history.taskCompleted()
            try history.localActivityMarker(sequence, type: type, result: "x")
            try history.signaled("wake", 1)
            history.taskScheduledAndStarted()
            let outputs = ScriptedRun(SequentialLocalWorkflow.self).replay(history, previousStarted: 3)
            let failure = try #require(outputs.taskFailure)
            #expect(failure.cause == .nonDeterministicError)
            #expect(failure.failure.message.contains(type))
        }
    }

    @Test("Scenario 070: two tasks before the marker, the second with a signal: a later look ahead finds the end")
    func twoTasksBeforeMarker() throws {
        var server = try ScriptedHistory(LocalAndSignalWorkflow.self)
        #expect(server.begin().started == [1])
        try server.record(server.run.heartbeatDue())
        let waiting = try server.next { try $0.signaled("note", "first") }
        #expect(waiting.heartbeat != nil)
        try server.record(server.run.heartbeatDue())
        #expect(server.next().heartbeat != nil)
        let last = server.run.resolveLocalActivity(try .success(1, "local"))
        #expect(try last.finalResult() == ["first", "local"])
        try server.record(last)
        server.expectCleanReplay()
    }

    @Test(
        "Scenario 034: a local activity moves the run's time on, heartbeats alone do not, and it never runs backwards")
    func clock() throws {
        var server = try ScriptedHistory(ClockLocalWorkflow.self, alsoReplays: false)
        _ = server.begin()
        try server.record(server.run.heartbeatDue())
        _ = server.next()
        // The first task began at ...02, and the activity was asked for then.
        let first = server.run.resolveLocalActivity(try .success(1, "x", after: .seconds(100)))
        #expect(first.completion?.commands.first?.marker?.completeTime?.seconds == 1_700_000_102)
        try server.record(first)
        let timer = server.history.lastID
        let last = server.next { $0.timerFired(1, started: timer) }
        // The last task began at ...11, by the server's clock: the run's is ahead.
        #expect(try last.finalResult() == [1_700_000_002, 1_700_000_102, 1_700_000_102])
        let (run, replayed) = server.takeOver()
        // On replay, the task that only kept the run alive is one with the first.
        #expect(try replayed.finalResult() == [1_700_000_005, 1_700_000_102, 1_700_000_102])
        #expect(run.activations.count == 3)
    }

    @Test("Scenario 068: what still runs when the workflow ends is cancelled, and its end is discarded")
    func afterTheEnd() throws {
        var server = try ScriptedHistory(OutlivedLocalWorkflow.self)
        try server.change {
            $0 = HistoryBuilder(workflowType: "OutlivedLocalWorkflow")
            try $0.started()
            try $0.signaled("more", 7)
            $0.taskScheduledAndStarted()
        }
        #expect(server.begin().started == [1, 2])
        let last = server.run.resolveLocalActivity(try .success(2, "main"))
        #expect(try last.finalResult() == "main")
        #expect(last.completion?.commands.map(\.commandType) == [.recordMarker, .completeWorkflowExecution])
        #expect(last.completion?.forcesNewTask == false)
        #expect(last.cancelsAll)
        let late = server.run.resolveLocalActivity(try .success(1, "late"))
        #expect(late.isEmpty)
        try server.record(last)
        server.expectCleanReplay()
    }
}
