import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Local activities, cancelled, retried, asked about and failed")
struct LocalActivityCourseTests {
    // MARK: - Cancellation

    @Test(
        "Scenario 063: one that is cancelled before it is started never starts, and leaves a marker",
        arguments: ["try", "wait", "abandon"])
    func canceledAtOnce(type: String) throws {
        var server = try ScriptedHistory(
            CancelLocalWorkflow.self, input: CancelLocalWorkflow.Input(type: type, isImmediate: true))
        let first = server.begin()
        #expect(first.started.isEmpty)
        #expect(first.completion?.commands.map(\.commandType) == [.recordMarker, .startTimer])
        try server.record(first)
        let timer = server.history.lastID
        let last = server.next { $0.timerFired(1, started: timer) }
        #expect(try last.finalResult() == "CanceledFailure")
        server.expectSameOnReplay(last)
    }

    @Test("Scenario 063: cancelled while it runs, the workflow goes on at once or waits, as its options say")
    func canceledWhileRunning() throws {
        for type in ["try", "abandon", "wait"] {
            var server = try ScriptedHistory(
                CancelLocalWorkflow.self, input: CancelLocalWorkflow.Input(type: type, isImmediate: false))
            #expect(server.begin().started == [1])
            let beat = server.run.heartbeatDue()
            #expect(beat.completion?.commands.map(\.commandType) == [.startTimer])
            try server.record(beat)
            let timer = server.history.lastID
            var outputs = server.next { $0.timerFired(1, started: timer) }
            #expect(outputs.canceled == (type == "abandon" ? [] : [1]), "\(type)")
            switch type {
            case "abandon": #expect(outputs.completion != nil)
            case "try":
                // The code has gone on, but the activity is still there: its worker must not lose the run.
                #expect(outputs.heartbeat != nil)
                outputs = server.run.resolveLocalActivity(.canceled(1))
            default:
                #expect(outputs.heartbeat != nil)
                outputs = server.run.resolveLocalActivity(.canceled(1))
            }
            #expect(outputs.completion?.commands.map(\.commandType) == [.recordMarker, .startTimer], "\(type)")
            let marker = try #require(outputs.completion?.commands.first?.marker)
            guard case .canceled = marker.result else {
                Issue.record("the marker of \(type) does not say cancelled: \(marker)")
                return
            }
            #expect((marker.completeTime == nil) == (type != "wait"), "\(type)")
            // One whose end was waited for is cancelled anew by a worker that takes the task over, at another time.
            if type != "wait" { server.expectSameOnReplay(outputs) }
            try server.record(outputs)
            let second = server.history.lastID
            let last = server.next { $0.timerFired(2, started: second) }
            #expect(try last.finalResult() == "CanceledFailure", "\(type)")
            server.expectSameOnReplay(last)
        }
    }

    @Test("Scenario 063: one that ends well although it was told to end is a success, if the workflow waits for it")
    func cancellationIgnored() throws {
        var server = try ScriptedHistory(
            CancelLocalWorkflow.self, input: CancelLocalWorkflow.Input(type: "wait", isImmediate: false))
        _ = server.begin()
        try server.record(server.run.heartbeatDue())
        let timer = server.history.lastID
        #expect(server.next { $0.timerFired(1, started: timer) }.canceled == [1])
        let outputs = server.run.resolveLocalActivity(try .success(1, "done"))
        try server.record(outputs)
        let second = server.history.lastID
        let last = server.next { $0.timerFired(2, started: second) }
        #expect(try last.finalResult() == "done")
        server.expectSameOnReplay(last)
    }

    @Test("Scenario 063: a cancellation that no worker lived to see through is seen through by the next")
    func canceledAndTakenOver() throws {
        var server = try ScriptedHistory(
            CancelLocalWorkflow.self, input: CancelLocalWorkflow.Input(type: "wait", isImmediate: false))
        _ = server.begin()
        try server.record(server.run.heartbeatDue())
        let timer = server.history.lastID
        _ = server.next { $0.timerFired(1, started: timer) }
        try server.record(server.run.heartbeatDue())
        server.change {
            $0.cancelRequested()
            $0.taskScheduledAndStarted()
        }
        let (_, outputs) = server.takeOver()
        #expect(outputs.started.isEmpty)
        #expect(outputs.completion?.commands.first?.marker.map { $0.isSuccess } == false)
    }

    // MARK: - Retries

    @Test("Scenario 062: a long delay is a marker and a durable timer, then another attempt under a new number")
    func longBackoff() throws {
        var server = try ScriptedHistory(RetriedLocalWorkflow.self, input: 100)
        #expect(server.begin().started == [1])
        let failed = server.run.resolveLocalActivity(.failure(1, Bug(), attempt: 2, backoff: .seconds(200)))
        let commands = try #require(failed.completion?.commands)
        #expect(commands.map(\.commandType) == [.recordMarker, .startTimer])
        #expect(commands[0].marker?.backoff == .seconds(200))
        #expect(commands[0].recordMarkerCommandAttributes.failure.applicationFailureInfo.type == "Bug")
        #expect(commands[1].startTimerCommandAttributes.startToFireTimeout.seconds == 200)
        try server.record(failed)
        let timer = server.history.lastID
        let again = server.next { $0.timerFired(1, started: timer) }
        guard case .startLocalActivity(let request)? = again.first else {
            Issue.record("no other attempt: \(again)")
            return
        }
        #expect(request.sequence == 2)
        #expect(request.schedule.attempt == 3)
        // What the limit over all attempts is counted from.
        #expect(request.schedule.originalScheduleTime == commands[0].marker?.originalScheduleTime)
        let last = server.run.resolveLocalActivity(try .success(2, "third"))
        #expect(try last.finalResult() == "third")
        try server.record(last)
        server.expectCleanReplay()
    }

    @Test("Scenario 062: a failure that is final reaches the code as an activity's failure, live and on replay")
    func finalFailure() throws {
        var server = try ScriptedHistory(RetriedLocalWorkflow.self, input: 1)
        _ = server.begin()
        let last = server.run.resolveLocalActivity(.failure(1, Bug(), attempt: 4))
        #expect(try last.finalResult() == "ApplicationFailure")
        // Other SDKs expect the failure itself in the marker.
        let marker = try #require(last.completion?.commands.first)
        #expect(marker.recordMarkerCommandAttributes.failure.applicationFailureInfo.type == "Bug")
        #expect(marker.marker?.attempt == 4)
        try server.record(last)
        server.expectCleanReplay()
    }

    @Test("Scenario 064: a time-out over all attempts, found at once after a durable timer, ends them")
    func timedOut() throws {
        var server = try ScriptedHistory(RetriedLocalWorkflow.self, input: 100)
        _ = server.begin()
        try server.record(server.run.resolveLocalActivity(.failure(1, Bug(), backoff: .seconds(100))))
        let timer = server.history.lastID
        _ = server.next { $0.timerFired(1, started: timer) }
        let timeout = Failure.with { $0.timeoutFailureInfo.timeoutType = .scheduleToClose }
        let last = server.run.resolveLocalActivity(.init(sequence: 2, attempt: 2, result: .failed(timeout)))
        #expect(try last.finalResult() == "TimeoutFailure")
        try server.record(last)
        server.expectCleanReplay()
    }

    // MARK: - Queries

    private let notes = WorkflowQuery(id: "q", type: "notes", input: .init())

    @Test(
        "Scenario 065: a query of the task that follows a heartbeat is answered with the next, which asks for another")
    func queryWithHeartbeat() throws {
        var server = try ScriptedHistory(LocalAndSignalWorkflow.self)
        _ = server.begin()
        try server.record(server.run.heartbeatDue())
        let waiting = server.next(queries: [notes])
        #expect(waiting.heartbeat != nil)
        let beat = server.run.heartbeatDue()
        #expect(beat.completion?.answers.map(\.query.id) == ["q"])
        #expect(beat.completion?.forcesNewTask == true)
        try server.record(beat)
        #expect(server.next().heartbeat != nil)
        let last = server.run.resolveLocalActivity(try .success(1, "x"))
        #expect(try last.finalResult() == ["x"])
    }

    @Test(
        "Scenario 065: a query of a task whose local activity ends in time is answered with the end, and asks for no other task"
    )
    func resolutionBeforeAnswer() throws {
        var server = try ScriptedHistory(LocalAndSignalWorkflow.self)
        _ = server.begin()
        try server.record(server.run.heartbeatDue())
        #expect(server.next(queries: [notes]).heartbeat != nil)
        let last = server.run.resolveLocalActivity(try .success(1, "x"))
        let completion = try #require(last.completion)
        // What the code saw of the end is in the answer.
        let answer = try #require(completion.answers.first)
        #expect(try DataConverter.standard.decode([String].self, from: answer.result.get()) == ["x"])
        #expect(!completion.forcesNewTask && completion.closesRun)
        #expect(completion.commands.first?.marker?.sequence == 1)
        try server.record(last)
        server.expectCleanReplay()
    }

    @Test("Scenario 065: a query that comes by itself while the task waits is answered at once, and the wait goes on")
    func queryWhileWaiting() throws {
        let server = try ScriptedHistory(LocalAndSignalWorkflow.self)
        _ = server.begin()
        let outputs = server.run.query(notes)
        #expect(try outputs.answer([String].self) == [])
        #expect(outputs.count == 1)
        #expect(server.run.heartbeatDue().completion?.forcesNewTask == true)
    }

    @Test("Scenario 066: an end that comes while a query is being answered is not mixed with it")
    func resolutionDuringQuery() throws {
        var state = RunState(workflowID: "workflow", runID: "run", namespace: "default", taskQueue: "test")
        let history = try firstTask("LocalAndSignalWorkflow")
        var task = WorkflowTaskFactory.partial(from: 1)
        task.events = history.events
        task.previousStartedEventID = 0
        task.startedEventID = 3
        _ = state.apply(.task(task))
        let schedule = ScheduleLocalActivity(
            type: "work", input: .init(), options: Local.options, attempt: 1, originalScheduleTime: nil)
        #expect(state.apply(.code(.commands([.scheduleLocalActivity(sequence: 1, schedule)]))).heartbeat != nil)
        var question = WorkflowTaskFactory.partial(from: 1)
        question.token = Data([9])
        question.events = []
        question.query = notes
        let asked = state.apply(.task(question))
        #expect(asked.activations.map { $0.jobs.count } == [1])
        let early = state.apply(.localActivityResolved(try .success(1, "x")))
        #expect(early.isEmpty)
        let answer = QueryAnswer(query: notes, result: .success(.init()))
        let outputs = state.apply(.code(.answer(answer)))
        guard case .answerQuery(_, let token)? = outputs.first else {
            Issue.record("not answered first: \(outputs)")
            return
        }
        #expect(token == Data([9]))
        let told = try #require(outputs.activations.first)
        guard case .resolveLocalActivity(1, _)? = told.jobs.first, told.jobs.count == 1 else {
            Issue.record("the end was not told alone: \(told)")
            return
        }
        #expect(!told.isReplaying)
        let end = state.apply(.code(.commands([.close(.complete(.init()))])))
        #expect(end.completion?.token == Data([1]))
    }

    @Test("Scenario 066: a query that comes between two tasks is answered without the ends that wait for a task")
    func queryBetweenTasks() throws {
        var server = try ScriptedHistory(LocalAndSignalWorkflow.self)
        _ = server.begin()
        try server.record(server.run.heartbeatDue())
        _ = server.run.resolveLocalActivity(try .success(1, "x"))
        #expect(try server.run.query(notes).answer([String].self) == [])
        #expect(server.run.activations.count == 1)
        #expect(try server.next().finalResult() == ["x"])
    }

    // MARK: - Failures

    @Test("Scenario 067: a failed task cancels what it left running, and takes no more ends")
    func taskFailure() throws {
        var server = try ScriptedHistory(BuggyLocalWorkflow.self)
        #expect(server.begin().started == [1])
        try server.record(server.run.heartbeatDue())
        let timer = server.history.lastID
        let failed = server.next { $0.timerFired(1, started: timer) }
        #expect(failed.cancelsAll)
        #expect(failed.contains { if case .fail = $0 { true } else { false } })
        let late = server.run.resolveLocalActivity(try .success(1, "late"))
        #expect(late.isEmpty)
        #expect(server.run.heartbeatDue().isEmpty)
        #expect(server.run.isBroken)
    }

    @Test("Scenario 067: a task that fails again and again never writes a marker")
    func repeatedFailures() throws {
        var server = try ScriptedHistory(BugAfterLocalWorkflow.self)
        for attempt in 1...3 {
            let run = ScriptedRun(BugAfterLocalWorkflow.self)
            var task = WorkflowTaskFactory.partial(from: 1)
            task.events = server.history.events
            task.previousStartedEventID = 0
            task.startedEventID = server.history.lastStartedID
            task.attempt = Int32(attempt)
            #expect(run.work(on: task).started == [1])
            let outputs = run.resolveLocalActivity(try .success(1, "x"))
            #expect(outputs.completion == nil)
            #expect((outputs.taskFailure != nil) == (attempt == 1), "attempt \(attempt)")
            server.change {
                $0.taskFailed()
                $0.taskScheduledAndStarted()
            }
        }
    }
}

extension [RunOutput] {
    fileprivate var activations: [Activation] {
        compactMap { if case .activate(let activation) = $0 { activation } else { nil } }
    }
}
