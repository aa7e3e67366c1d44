import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("A run, told its history")
struct WorkflowRunTests {
    @Test("Scenario 001: a single timer starts, fires, and lets the workflow complete")
    func singleTimer() throws {
        var history = try firstTask("SleepWorkflow")
        let run = ScriptedRun(SleepWorkflow.self)
        let first = run.task(history).commands
        #expect(first.map(\.commandType) == [.startTimer])
        #expect(first.first?.startTimerCommandAttributes.timerID == "1")
        #expect(first.first?.startTimerCommandAttributes.startToFireTimeout.seconds == 5)

        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        let second = run.task(history)
        #expect(try second.result() == "slept")
    }

    @Test("Scenario 006: a history gives the same activations at every page size")
    func pageSizes() throws {
        var history = try firstTask("ParallelWorkflow", input: "x")
        history.taskCompleted()
        let first = history.activityScheduled(1, type: "first")
        let second = history.activityScheduled(2, type: "second")
        try history.activityCompleted(scheduled: second, result: "b")
        history.task()
        try history.activityCompleted(scheduled: first, result: "a")
        history.taskScheduledAndStarted()
        for size in 1...history.events.count {
            let run = ScriptedRun(ParallelWorkflow.self)
            let outputs = run.replay(history, previousStarted: 8, pageSize: size)
            #expect(try outputs.result() == "ab", "page size \(size)")
            #expect(run.activations.count == 3, "page size \(size)")
        }
    }

    @Test("Scenario 010: a failed task is folded into the one that succeeds")
    func failedTask() throws {
        var history = HistoryBuilder(workflowType: "SleepWorkflow")
        try history.started()
        history.taskScheduledAndStarted()
        history.taskFailed()
        history.taskScheduledAndStarted()
        let run = ScriptedRun(SleepWorkflow.self)
        #expect(run.task(history).commandTypes == [.startTimer])
        #expect(run.activations.count == 1)
        #expect(run.activations.first?.now == history.events.last?.eventTime)
    }

    @Test(
        "Scenario 011: a timed-out task is folded too, and a signal between the attempts is handled before the workflow begins"
    )
    func timedOutTask() throws {
        var history = HistoryBuilder(workflowType: "CounterWorkflow")
        try history.started()
        history.taskScheduledAndStarted()
        history.taskTimedOut()
        try history.signaled("add", 7)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let run = ScriptedRun(CounterWorkflow.self)
        #expect(try run.task(history).result() == [7, 0])
        #expect(run.activations.count == 1)
    }

    @Test("Scenario 009: history that ends before the announced event fails the task once")
    func historyEndsEarly() throws {
        var history = try firstTask("SleepWorkflow")
        history.taskCompleted()
        let run = ScriptedRun(SleepWorkflow.self)
        var tail = HistoryBuilder(workflowType: "SleepWorkflow")
        tail.taskScheduledAndStarted()
        // A task that continues from events this run never had, while the server has nothing to give.
        var late = WorkflowTaskFactory.partial(from: 7)
        late.startedEventID = 8
        var state = RunState(workflowID: "w", runID: "r", namespace: "default", taskQueue: "test")
        let asked = state.apply(.task(late))
        guard case .fetchHistory(let token)? = asked.first else {
            Issue.record("the missing history was not asked for: \(asked)")
            return
        }
        #expect(token.isEmpty)
        let outputs = state.apply(.page([], nextPageToken: Data()))
        #expect(outputs.taskFailure != nil)
        #expect(state.isBroken)
        #expect(run.task(history).isEmpty == false)
    }

    @Test("Scenario 023: a gap in the event ids fails the task and breaks the run")
    func gap() throws {
        var state = RunState(workflowID: "w", runID: "r", namespace: "default", taskQueue: "test")
        var task = WorkflowTaskFactory.partial(from: 1)
        var other = HistoryEvent()
        other.eventID = 5
        task.events.append(other)
        let failure = try #require(state.apply(.task(task)).taskFailure)
        #expect(failure.failure.message.contains("gap"))
        #expect(state.isBroken)
    }

    @Test("Scenario 026: two signals of one task are handled in order, before anything resumes")
    func signals() throws {
        var history = try firstTask("CounterWorkflow")
        let run = ScriptedRun(CounterWorkflow.self)
        #expect(run.task(history).commandTypes == [])
        history.taskCompleted()
        try history.signaled("add", 1)
        try history.signaled("add", 2)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        #expect(try run.task(history).result() == [0, 1, 2])
    }

    @Test("Scenario 028: a signal that came before the first task is handled before the workflow begins")
    func earlySignal() throws {
        var history = HistoryBuilder(workflowType: "CounterWorkflow")
        try history.started()
        try history.signaled("add", 7)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let run = ScriptedRun(CounterWorkflow.self)
        #expect(try run.task(history).result() == [7, 0])
    }

    @Test("Scenario 036: a timer cancelled before it was sent leaves no command at all")
    func timerCancelledBeforeSent() throws {
        var (machine, _) = TimerMachine.start(sequence: 1, duration: .seconds(1))
        guard case .withdraw? = machine.cancel().first else {
            Issue.record("the command was not withdrawn")
            return
        }
        #expect(machine.isFinal)
    }

    @Test("Scenario 041: a condition that is met cancels the timer that limits it, and one that is not gives way to it")
    func conditionWithTimeout() throws {
        var history = try firstTask("DeadlineWorkflow")
        let run = ScriptedRun(DeadlineWorkflow.self)
        #expect(run.task(history).commandTypes == [.startTimer])
        history.taskCompleted()
        let timer = history.timerStarted(1)
        var late = history

        try history.signaled("word", "hello")
        history.taskScheduledAndStarted()
        let heard = run.task(history)
        #expect(heard.commandTypes == [.cancelTimer, .completeWorkflowExecution])
        #expect(try heard.result() == "hello")

        late.timerFired(1, started: timer)
        late.taskScheduledAndStarted()
        let other = ScriptedRun(DeadlineWorkflow.self)
        #expect(try other.replay(late, previousStarted: 3).result() == "timed out")
    }

    @Test("A signal and the timer in one task: what the signal brought counts, whichever event came first")
    func signalAndTimerTogether() throws {
        for signalIsFirst in [true, false] {
            var history = try firstTask("DeadlineWorkflow")
            history.taskCompleted()
            let timer = history.timerStarted(1)
            if signalIsFirst { try history.signaled("word", "hello") }
            history.timerFired(1, started: timer)
            if !signalIsFirst { try history.signaled("word", "hello") }
            history.taskScheduledAndStarted()
            let run = ScriptedRun(DeadlineWorkflow.self)
            #expect(try run.replay(history, previousStarted: 3).result() == "hello")
        }
    }

    @Test("The activity that wins a race cancels the timer it raced against")
    func race() throws {
        var history = try firstTask("RaceWorkflow")
        let run = ScriptedRun(RaceWorkflow.self)
        #expect(run.task(history).commandTypes == [.scheduleActivityTask, .startTimer])
        history.taskCompleted()
        let scheduled = history.activityScheduled(1, type: "work")
        history.timerStarted(1)
        try history.activityCompleted(scheduled: scheduled, result: "done")
        history.taskScheduledAndStarted()
        let outputs = run.task(history)
        #expect(outputs.commandTypes == [.cancelTimer, .completeWorkflowExecution])
        #expect(try outputs.result() == "done")
    }

    @Test("Scenario 055: another activity than history has is refused, and both are named")
    func nondeterminism() throws {
        var history = try firstTask("ParallelWorkflow", input: "x")
        history.taskCompleted()
        history.activityScheduled(1, type: "renamed")
        history.activityScheduled(2, type: "second")
        history.taskScheduledAndStarted()
        let run = ScriptedRun(ParallelWorkflow.self)
        let failure = try #require(run.replay(history, previousStarted: 3).taskFailure)
        #expect(failure.cause == .nonDeterministicError)
        #expect(failure.failure.message.hasPrefix("[TMPRL1100]"))
        #expect(failure.failure.message.contains("renamed"))
        #expect(failure.failure.message.contains("first"))
        #expect(run.isBroken)
    }

    @Test("An activity's failure reaches the workflow, and from there its caller, with its type")
    func activityFails() throws {
        var history = try firstTask("ParallelWorkflow", input: "x")
        history.taskCompleted()
        let first = history.activityScheduled(1, type: "first")
        history.activityScheduled(2, type: "second")
        history.activityFailed(scheduled: first, ApplicationFailure("no funds", type: "Declined"))
        history.taskScheduledAndStarted()
        let run = ScriptedRun(ParallelWorkflow.self)
        let outputs = run.replay(history, previousStarted: 3)
        let close = try #require(outputs.commands.last)
        #expect(close.commandType == .failWorkflowExecution)
        let failure = close.failWorkflowExecutionCommandAttributes.failure
        #expect(failure.activityFailureInfo.activityType.name == "first")
        #expect(failure.cause.applicationFailureInfo.type == "Declined")
    }

    @Test("What is shielded runs to its end after a cancel request")
    func shield() throws {
        var history = try firstTask("CleaningWorkflow")
        let run = ScriptedRun(CleaningWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.cancelRequested()
        history.taskScheduledAndStarted()
        #expect(run.task(history).commandTypes == [.cancelTimer, .scheduleActivityTask])
        history.taskCompleted()
        history.timerCanceled(1, started: timer)
        let scheduled = history.activityScheduled(1, type: "clean")
        try history.activityCompleted(scheduled: scheduled, result: NoValue())
        history.taskScheduledAndStarted()
        #expect(run.task(history).commandTypes == [.cancelWorkflowExecution])
    }

    @Test(
        "A new run takes the patched course; one that passed the place before keeps the old one; one that took it keeps it"
    )
    func patches() throws {
        var history = try firstTask("PatchedWorkflow")
        let live = ScriptedRun(PatchedWorkflow.self)
        #expect(
            live.task(history).commandTypes == [.recordMarker, .upsertWorkflowSearchAttributes, .startTimer])

        var old = history
        history.taskCompleted(flags: [1, 2, 3])
        old.taskCompleted()
        let oldTimer = old.timerStarted(1)
        old.timerFired(1, started: oldTimer)
        old.taskScheduledAndStarted()
        let before = ScriptedRun(PatchedWorkflow.self)
        #expect(try before.replay(old, previousStarted: 3).result() == "old")

        history.patched("new-course")
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        let after = ScriptedRun(PatchedWorkflow.self)
        #expect(try after.replay(history, previousStarted: 3).result() == "new")
        #expect(try live.task(history).result() == "new")
    }

    @Test("An error that is no failure fails the task, not the workflow, so that the code can be mended")
    func bug() throws {
        let run = ScriptedRun(BuggyWorkflow.self)
        let failure = try #require(run.task(try firstTask("BuggyWorkflow")).taskFailure)
        #expect(failure.cause == .workflowWorkerUnhandledFailure)
        #expect(failure.failure.message.contains("Bug"))
    }

    @Test("The same history gives the same commands whether applied task by task or at once")
    func incrementalAndReplay() throws {
        var history = try firstTask("RaceWorkflow")
        let run = ScriptedRun(RaceWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        let scheduled = history.activityScheduled(1, type: "work")
        history.timerStarted(1)
        try history.activityCompleted(scheduled: scheduled, result: "done")
        history.taskScheduledAndStarted()
        let incremental = run.task(history).commands
        let fresh = ScriptedRun(RaceWorkflow.self)
        let replayed = fresh.replay(history, previousStarted: 3).commands
        #expect(!incremental.isEmpty)
        #expect(incremental == replayed)
    }

    @Test("A command asked for after the end is sent before it, and a replay agrees")
    func commandAfterTheEnd() throws {
        var history = try firstTask("OverlapWorkflow")
        let run = ScriptedRun(OverlapWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        try history.signaled("go", NoValue())
        history.taskScheduledAndStarted()
        #expect(run.task(history).commandTypes == [.scheduleActivityTask, .completeWorkflowExecution])
        history.taskCompleted(flags: [1, 2, 3])
        history.activityScheduled(1, type: "work")
        try history.completed()
        let replayed = ScriptedRun(OverlapWorkflow.self).replay(history, previousStarted: history.lastStartedID)
        #expect(replayed.taskFailure == nil)
    }

    @Test("A run the server sends from the start again is rebuilt, with the same commands")
    func rebuilt() throws {
        let history = try firstTask("SleepWorkflow")
        let run = ScriptedRun(SleepWorkflow.self)
        let first = run.task(history).commands
        #expect(run.replay(history, previousStarted: 0).commands == first)
    }
}

enum WorkflowTaskFactory {
    /// A task with a single scheduled event of the given id.
    static func partial(from id: Int64) -> WorkflowTask {
        var event = HistoryEvent()
        event.eventID = id
        event.eventType = .workflowTaskScheduled
        event.attributes = .workflowTaskScheduledEventAttributes(.init())
        return WorkflowTask(
            present: .with {
                $0.taskToken = Data([1])
                $0.attempt = 1
                $0.history.events = [event]
                $0.previousStartedEventID = 3
            })
    }
}
