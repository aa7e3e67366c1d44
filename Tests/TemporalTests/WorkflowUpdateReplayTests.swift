import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("A run, its history cut where its updates were delivered")
struct WorkflowUpdateReplayTests {
    @Test("Scenario 015: an update accepted after an empty task is delivered with the task that accepted it")
    func afterEmptyTask() throws {
        var history = try ledger()
        history.taskCompleted()
        history.task()
        let accepted = try history.updateAccepted("u1", "add", 5)
        try history.updateCompleted("u1", accepted: accepted, result: 5)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        #expect(pieces(of: history) == [3, 3, 6])
        try expectJobs(history, previousStarted: 6, [["start"], ["update u1"], ["signal stop"]], ["run", "add 5"])
    }

    @Test("Scenario 016: an update accepted after a failed first task is delivered with the start")
    func afterFailedTask() throws {
        var history = try ledger()
        history.taskFailed()
        history.task()
        let accepted = try history.updateAccepted("u1", "add", 5)
        try history.updateCompleted("u1", accepted: accepted, result: 5)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        #expect(pieces(of: history) == [6, 6])
        try expectJobs(history, previousStarted: 6, [["start", "update u1"], ["signal stop"]], ["add 5", "run"])
    }

    @Test("Scenario 017: a signal's command between the task and the acceptance leaves both in their order")
    func afterSignalsCommand() throws {
        var history = try ledger()
        history.taskCompleted()
        try history.signaled("noteLater", NoValue())
        history.task()
        let timer = history.timerStarted(1)
        let accepted = try history.updateAccepted("u1", "add", 5)
        try history.updateCompleted("u1", accepted: accepted, result: 5)
        history.timerFired(1, started: timer)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        try expectJobs(
            history, previousStarted: 7, [["start"], ["signal noteLater", "update u1"], ["timer 1", "signal stop"]],
            ["run", "add 5", "later"])
    }

    @Test("Scenario 093: a task that only refused an update is taken back, and the next one goes on without it")
    func discardedTask() throws {
        var history = try ledger(deadline: 60)
        let run = ScriptedRun(LedgerWorkflow.self)
        #expect(run.task(history).commandTypes == [.startTimer])
        history.taskCompleted()
        history.timerStarted(1)
        var speculative = history
        speculative.taskScheduledAndStarted()
        let request = try speculative.updateRequest("u1", "add", -5)
        let refused = run.task(speculative, messages: [request])
        #expect(refused.messages.map(\.id) == ["u1/request/reject"])
        #expect(refused.commandTypes == [])

        run.discardTask(startedEventID: 3)
        try history.signaled("note", "after")
        history.taskScheduledAndStarted()
        #expect(run.task(history).isCompletion)
        #expect(run.activations.map { $0.jobs.map(\.name) } == [["signal note"]])
        #expect(run.activations.first?.historyLength == 8)
        #expect(!run.isBroken)

        history.taskCompleted()
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let end = run.task(history)
        #expect(end.commandTypes == [.cancelTimer, .completeWorkflowExecution])
        #expect(try end.result() == ["run", "after"])
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 8, equal: end)
    }

    @Test("Scenario 093: two tasks taken back in a row leave no trace either")
    func discardedTwice() throws {
        var history = try ledger(deadline: 60)
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.timerStarted(1)
        for id in ["u1", "u2"] {
            var speculative = history
            speculative.taskScheduledAndStarted()
            let refused = run.task(speculative, messages: [try speculative.updateRequest(id, "add", -5)])
            #expect(refused.messages.map(\.id) == ["\(id)/request/reject"])
            run.discardTask(startedEventID: 3)
        }
        history.taskScheduledAndStarted()
        let outputs = run.task(history, messages: [try history.updateRequest("u3", "add", 5)])
        #expect(outputs.messageCommands == ["u3/request/accept", "u3/request/complete"])
        #expect(run.activations.map { $0.jobs.map(\.name) } == [["update u3"]])
    }

    @Test("An update that reaches a worker without the run is handled after the history is fetched and replayed")
    func cacheMiss() throws {
        var history = try ledger(deadline: 60)
        history.taskCompleted()
        history.timerStarted(1)
        let stored = history.lastID
        // These two events are in no history: they came with the task.
        history.taskScheduledAndStarted()
        let request = try history.updateRequest("u1", "add", 5)
        let run = ScriptedRun(LedgerWorkflow.self)
        let outputs = run.sticky(history, from: 4, stored: stored, messages: [request])
        #expect(outputs.messageCommands == ["u1/request/accept", "u1/request/complete"])
        #expect(run.activations.map { $0.jobs.map(\.name) } == [["start"], ["update u1"]])
        #expect(run.activations.map(\.isReplaying) == [true, false])

        // The server may as well store them, and say so.
        let other = ScriptedRun(LedgerWorkflow.self)
        let again = other.sticky(history, from: 4, stored: history.lastID, messages: [request])
        #expect(again.commands == outputs.commands)
        #expect(again.messages == outputs.messages)
    }

    @Test("An update sent with the whole history to a worker that has the run is handled after the run is rebuilt")
    func rebuilt() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let request = try history.updateRequest("u1", "add", 5)
        let outputs = run.replay(history, previousStarted: 3, messages: [request])
        #expect(outputs.messageCommands == ["u1/request/accept", "u1/request/complete"])
        #expect(!run.isBroken)
    }

    @Test(
        "An update after a task without commands is told after it to a worker without the run, as every replay tells it"
    )
    func afterSilentTask() throws {
        var history = try ledger()
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let request = try history.updateRequest("u1", "add", 5)
        for size in 1...history.events.count {
            let run = ScriptedRun(LedgerWorkflow.self)
            let outputs = run.replay(history, previousStarted: 3, pageSize: size, messages: [request])
            #expect(outputs.messageCommands == ["u1/request/accept", "u1/request/complete"])
            #expect(run.activations.map { $0.jobs.map(\.name) } == [["start"], ["update u1"]], "page size \(size)")
            #expect(run.activations.map(\.isReplaying) == [true, false], "page size \(size)")
        }
        let dropped = ScriptedRun(LedgerWorkflow.self)
        _ = dropped.sticky(history, from: 4, stored: 4, messages: [request])
        #expect(dropped.activations.map { $0.jobs.map(\.name) } == [["start"], ["update u1"]])

        history.taskCompleted()
        let accepted = try history.updateAccepted("u1", "add", 5)
        try history.updateCompleted("u1", accepted: accepted, result: 5)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        try expectJobs(history, previousStarted: 6, [["start"], ["update u1"], ["signal stop"]], ["run", "add 5"])
    }

    @Test("Scenario 098: an update that a reset brought along is asked for by its event, live and on replay")
    func admitted() throws {
        var history = try ledger()
        history.taskFailed()
        try history.updateAdmitted("u1", "add", 5)
        let admitted = history.lastID
        try history.signaled("note", "hello")
        history.taskScheduledAndStarted()
        let run = ScriptedRun(LedgerWorkflow.self)
        let live = run.task(history)
        #expect(live.messageCommands == ["u1/request/accept", "u1/request/complete"])
        let acceptance = try Temporal_Api_Update_V1_Acceptance(unpackingAny: live.messages[0].body)
        #expect(acceptance.acceptedRequestSequencingEventID == admitted)
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 0, equal: live)

        history.taskCompleted()
        // The request is in history already, so the acceptance leaves it out.
        let accepted = history.updateAccepted("u1", admitted: admitted)
        try history.updateCompleted("u1", accepted: accepted, result: 5)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let end = run.task(history)
        #expect(try end.result() == ["add 5", "hello", "run"])
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 8, equal: end)
    }

    @Test("Scenario 098: an update that a reset brought along and a validator refused is not seen on replay")
    func admittedAndRefused() throws {
        var history = try ledger()
        history.taskFailed()
        try history.updateAdmitted("u1", "add", -5)
        history.taskScheduledAndStarted()
        let run = ScriptedRun(LedgerWorkflow.self)
        #expect(run.task(history).messages.map(\.id) == ["u1/request/reject"])
        history.taskCompleted()
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let end = run.task(history)
        #expect(try end.result() == ["run"])
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 7, equal: end)
    }

    @Test("A message that is no request for an update fails the task")
    func strangeMessage() throws {
        let history = try ledger()
        var message = try history.updateRequest("u1", "add", 5)
        message.body = .init()
        let run = ScriptedRun(LedgerWorkflow.self)
        #expect(run.task(history, messages: [message]).taskFailure?.cause == .workflowWorkerUnhandledFailure)
        var unplaced = try history.updateRequest("u1", "add", 5)
        unplaced.sequencingID = nil
        let other = ScriptedRun(LedgerWorkflow.self)
        #expect(other.task(history, messages: [unplaced]).taskFailure?.cause == .workflowWorkerUnhandledFailure)
    }

    // MARK: -

    private func expectJobs(
        _ history: HistoryBuilder, previousStarted: Int64, _ jobs: [[String]], _ result: [String]
    ) throws {
        for size in 1...history.events.count {
            let run = ScriptedRun(LedgerWorkflow.self)
            let outputs = run.replay(history, previousStarted: previousStarted, pageSize: size)
            #expect(try outputs.result() == result, "page size \(size): \(outputs)")
            #expect(run.activations.map { $0.jobs.map(\.name) } == jobs, "page size \(size)")
        }
    }

    /// How many events each piece of the history has.
    private func pieces(of history: HistoryBuilder) -> [Int] {
        var events = history.events
        var lengths: [Int] = []
        var started: Int64 = 0
        while let end = WorkflowTaskSplitter.endOfNextPiece(events[...], after: started) {
            started = events[end].eventID
            events.removeFirst(end + 1)
            lengths.append(end + 1)
        }
        return events.isEmpty ? lengths : lengths + [events.count]
    }
}

extension Job {
    /// What a test expects to see of the job.
    var name: String {
        switch self {
        case .start: "start"
        case .signal(let signal): "signal \(signal.name)"
        case .update(let update): "update \(update.id)"
        case .resolveTimer(let sequence): "timer \(sequence)"
        default: "\(self)"
        }
    }
}
