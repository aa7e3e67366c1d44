import Foundation
import Logging
import LoggingTestSupport
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("A run, updated")
struct WorkflowUpdateTests {
    @Test("Scenario 091: an update is accepted and completed with one task, in messages that commands put into order")
    func completedAtOnce() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let request = try history.updateRequest("u1", "add", 5)
        let outputs = run.task(history, messages: [request])
        #expect(outputs.messages.map(\.id) == ["u1/request/accept", "u1/request/complete"])
        #expect(outputs.messages.map(\.protocolInstanceID) == ["u1", "u1"])
        #expect(outputs.messageCommands == ["u1/request/accept", "u1/request/complete"])
        #expect(outputs.commandTypes == [.protocolMessage, .protocolMessage])
        let acceptance = try Temporal_Api_Update_V1_Acceptance(unpackingAny: outputs.messages[0].body)
        #expect(acceptance.acceptedRequestMessageID == "u1/request")
        #expect(acceptance.acceptedRequestSequencingEventID == 5)
        #expect(acceptance.acceptedRequest.input.name == "add")
        let response = try Temporal_Api_Update_V1_Response(unpackingAny: outputs.messages[1].body)
        #expect(response.meta.updateID == "u1")
        #expect(response.meta.identity == "tester")
        #expect(try DataConverter.standard.decode(Int.self, from: response.outcome.success) == 5)
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 3, [request], equal: outputs)

        history.taskCompleted()
        let accepted = try history.updateAccepted("u1", "add", 5)
        try history.updateCompleted("u1", accepted: accepted, result: 5)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let end = run.task(history)
        #expect(try end.result() == ["run", "add 5"])
        #expect(end.messages.isEmpty)
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 6, equal: end)
    }

    @Test("Scenario 091: an update that waits is accepted with one task and completed with a later one")
    func completedLater() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let first = run.task(history, messages: [try history.updateRequest("u1", "slow", NoValue())])
        #expect(first.commandTypes == [.protocolMessage, .startTimer])
        #expect(first.messages.map(\.id) == ["u1/request/accept"])

        history.taskCompleted()
        let accepted = try history.updateAccepted("u1", "slow", NoValue())
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        let second = run.task(history)
        #expect(second.messageCommands == ["u1/request/complete"])
        let response = try Temporal_Api_Update_V1_Response(unpackingAny: second.messages[0].body)
        #expect(try DataConverter.standard.decode(String.self, from: response.outcome.success) == "done by u1")
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 6, equal: second)

        history.taskCompleted()
        try history.updateCompleted("u1", accepted: accepted, result: "done by u1")
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let end = run.task(history)
        #expect(try end.result() == ["run", "slow"])
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 12, equal: end)
    }

    @Test("Scenario 091: two tasks may pass between the acceptance and the completion of an update")
    func completedMuchLater() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        _ = run.task(history, messages: [try history.updateRequest("u1", "slow", NoValue())])
        history.taskCompleted()
        try history.updateAccepted("u1", "slow", NoValue())
        let timer = history.timerStarted(1)
        for note in ["a", "b"] {
            try history.signaled("note", note)
            history.taskScheduledAndStarted()
            let between = run.task(history)
            #expect(between.commandTypes == [])
            #expect(between.messages.isEmpty)
            history.taskCompleted()
        }
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        let outputs = run.task(history)
        #expect(outputs.messageCommands == ["u1/request/complete"])
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 15, equal: outputs)
    }

    @Test(
        "Scenario 092: a validator that throws, a failure or any other error, refuses the update by a message alone",
        arguments: [(-1, "Invalid", "not positive"), (5000, "Bug", "Bug()")])
    func rejected(amount: Int, type: String, message: String) throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let request = try history.updateRequest("u1", "add", amount)
        let outputs = run.task(history, messages: [request])
        #expect(outputs.commandTypes == [])
        #expect(outputs.messages.map(\.id) == ["u1/request/reject"])
        let rejection = try outputs.rejection
        #expect(rejection.rejectedRequestMessageID == "u1/request")
        #expect(rejection.rejectedRequestSequencingEventID == 5)
        #expect(rejection.rejectedRequest.input.name == "add")
        #expect(rejection.failure.applicationFailureInfo.type == type)
        #expect(rejection.failure.message == message)
        #expect(!run.isBroken)
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 3, [request], equal: outputs)
    }

    @Test("Scenario 092: an update that was accepted is not validated again on replay")
    func notValidatedOnReplay() throws {
        var history = try ledger()
        history.task()
        let accepted = try history.updateAccepted("u1", "add", -1)
        try history.updateCompleted("u1", accepted: accepted, result: -1)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let run = ScriptedRun(LedgerWorkflow.self)
        #expect(try run.replay(history, previousStarted: 3).result() == ["run", "add -1"])
    }

    @Test("Scenario 092: an argument nobody can read refuses the update")
    func unreadable() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let outputs = run.task(history, messages: [try history.updateRequest("u1", "add", "five")])
        #expect(outputs.commandTypes == [])
        #expect(try outputs.rejection.failure.applicationFailureInfo.type == "DataConversionError")
    }

    @Test("A handler's failure fails the update and nothing else; any other error fails the task")
    func failingHandlers() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let failed = run.task(history, messages: [try history.updateRequest("u1", "fail", NoValue())])
        #expect(failed.commandTypes == [.protocolMessage, .protocolMessage])
        let response = try Temporal_Api_Update_V1_Response(unpackingAny: failed.messages[1].body)
        #expect(response.outcome.failure.applicationFailureInfo.type == "Declined")

        let other = ScriptedRun(LedgerWorkflow.self)
        let request = try history.updateRequest("u1", "breakDown", NoValue())
        let broken = try #require(other.replay(history, previousStarted: 3, messages: [request]).taskFailure)
        #expect(broken.cause == .workflowWorkerUnhandledFailure)
        #expect(broken.failure.message.contains("Bug"))
    }

    @Test("A validator that asks for something fails the task")
    func meddlingValidator() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let request = try history.updateRequest("u1", "meddle", NoValue())
        let failure = try #require(run.task(history, messages: [request]).taskFailure)
        #expect(failure.failure.message.contains("validator"))
    }

    @Test("Scenario 094: an update nobody handles is refused, with the names of those there are")
    func unknown() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let outputs = run.task(history, messages: [try history.updateRequest("u1", "nonsense", NoValue())])
        #expect(outputs.commandTypes == [])
        #expect(try outputs.rejection.failure.message.contains("add, breakDown"))
    }

    @Test("Scenario 094: an update whose handler the same task adds is held until then, and accepted")
    func addedLate() throws {
        var history = try firstTask("LateHandlerWorkflow")
        let requests = [
            try history.updateRequest("u1", "late", 3), try history.updateRequest("u2", "early", NoValue()),
        ]
        let run = ScriptedRun(LateHandlerWorkflow.self)
        let outputs = run.task(history, messages: requests)
        #expect(
            outputs.messages.map(\.id) == [
                "u2/request/accept", "u2/request/complete", "u1/request/accept", "u1/request/complete",
            ])
        #expect(try outputs.result() == ["early", "run", "late 3"])

        history.taskCompleted()
        let second = try history.updateAccepted("u2", "early", NoValue())
        try history.updateCompleted("u2", accepted: second, result: NoValue())
        let first = try history.updateAccepted("u1", "late", 3)
        try history.updateCompleted("u1", accepted: first, result: 6)
        try history.completed(result: ["early", "run", "late 3"])
        for size in 1...history.events.count {
            let replayed = ScriptedRun(LateHandlerWorkflow.self)
            let outputs = replayed.replay(history, previousStarted: 3, pageSize: size)
            #expect(outputs.taskFailure == nil, "page size \(size): \(outputs)")
        }
    }

    @Test("Scenario 094: history with an update the code does not handle is refused")
    func unknownOnReplay() throws {
        var history = try ledger()
        history.taskCompleted()
        try history.updateAccepted("u1", "gone", 1)
        history.taskScheduledAndStarted()
        let failure = try #require(
            ScriptedRun(LedgerWorkflow.self).replay(history, previousStarted: 3).taskFailure)
        #expect(failure.cause == .nonDeterministicError)
        #expect(failure.failure.message.contains("gone"))
    }

    @Test("Scenario 095: an update of the first task is handled before the workflow begins, in turn with the signals")
    func beforeTheBeginning() throws {
        var history = HistoryBuilder(workflowType: "LedgerWorkflow")
        try history.started(input: Int?.none)
        try history.signaled("note", "hello")
        history.taskScheduledAndStarted()
        let request = try history.updateRequest("u1", "add", 5)
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history, messages: [request])
        history.taskCompleted()
        let accepted = try history.updateAccepted("u1", "add", 5)
        try history.updateCompleted("u1", accepted: accepted, result: 5)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let outputs = run.task(history)
        #expect(try outputs.result() == ["hello", "add 5", "run"])
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 4, equal: outputs)
    }

    @Test("Scenario 095: an update lets a waiting signal go on, and updates and signals take turns as they came")
    func chain() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        try history.signaled("notePositive", NoValue())
        history.taskScheduledAndStarted()
        #expect(run.task(history).commandTypes == [])
        history.taskCompleted()
        try history.signaled("note", "next")
        history.taskScheduledAndStarted()
        let requests = [try history.updateRequest("u1", "add", 1), try history.updateRequest("u2", "add", 2)]
        let answers = run.task(history, messages: requests)
        #expect(
            answers.messageCommands == [
                "u1/request/accept", "u1/request/complete", "u2/request/accept", "u2/request/complete",
            ])
        history.taskCompleted()
        for (id, amount, total) in [("u1", 1, 1), ("u2", 2, 3)] {
            let accepted = try history.updateAccepted(id, "add", amount)
            try history.updateCompleted(id, accepted: accepted, result: total)
        }
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        let outputs = run.task(history)
        #expect(try outputs.result() == ["run", "next", "add 1", "add 2", "positive"])
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 11, equal: outputs)
    }

    @Test("Scenario 097: the answer to an update that ends the workflow is sent before the end")
    func endedByUpdate() throws {
        var history = try ledger()
        let run = ScriptedRun(LedgerWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let request = try history.updateRequest("u1", "finish", NoValue())
        let outputs = run.task(history, messages: [request])
        #expect(outputs.commandTypes == [.protocolMessage, .protocolMessage, .completeWorkflowExecution])
        #expect(outputs.messageCommands == ["u1/request/accept", "u1/request/complete"])
        try expectReplays(LedgerWorkflow.self, history, previousStarted: 3, [request], equal: outputs)

        history.taskCompleted(flags: [1, 2, 3])
        let accepted = try history.updateAccepted("u1", "finish", NoValue())
        try history.updateCompleted("u1", accepted: accepted, result: "finished")
        try history.completed(result: ["run"])
        let replayed = ScriptedRun(LedgerWorkflow.self).replay(history, previousStarted: 6)
        #expect(replayed.taskFailure == nil)
    }

    @Test("A workflow that ends over the heads of its handlers says so, unless they do not mind")
    func unfinishedHandlers() throws {
        var history = try firstTask("HastyWorkflow")
        let logs = LogRecorder()
        let run = ScriptedRun(HastyWorkflow.self, logger: logs.logger)
        _ = run.task(history)
        history.taskCompleted()
        try history.signaled("warnedSignal", NoValue())
        try history.signaled("silentSignal", NoValue())
        history.taskScheduledAndStarted()
        let requests = [
            try history.updateRequest("u1", "warned", NoValue()), try history.updateRequest("u2", "silent", NoValue()),
        ]
        let outputs = run.task(history, messages: requests)
        #expect(try outputs.result() == 4)
        #expect(outputs.messages.map(\.id) == ["u1/request/accept", "u2/request/accept"])
        #expect(logs.lines.compactMap { $0.metadata["handler"] } == ["signal warnedSignal", "update warned"])
    }
}

/// The history of a ledger's first task.
func ledger(deadline: Int? = nil) throws -> HistoryBuilder { try firstTask("LedgerWorkflow", input: deadline) }

/// Replays `history` to fresh runs, at every page size, and expects of each the answer of the run that saw it task by task.
func expectReplays<Definition: Workflow>(
    _ type: Definition.Type, _ history: HistoryBuilder, previousStarted: Int64, _ messages: [ProtocolMessage] = [],
    equal outputs: [RunOutput], sourceLocation: SourceLocation = #_sourceLocation
) throws {
    for size in 1...history.events.count {
        let run = ScriptedRun(type)
        let replayed = run.replay(history, previousStarted: previousStarted, pageSize: size, messages: messages)
        #expect(replayed.commands == outputs.commands, "page size \(size)", sourceLocation: sourceLocation)
        #expect(replayed.messages == outputs.messages, "page size \(size)", sourceLocation: sourceLocation)
        #expect(replayed.isCompletion, "page size \(size): \(replayed)", sourceLocation: sourceLocation)
    }
}

extension [RunOutput] {
    var isCompletion: Bool {
        guard count == 1, case .complete? = first else { return false }
        return true
    }

    /// The messages that commands refer to, in the order of the commands.
    var messageCommands: [String] {
        commands.filter { $0.commandType == .protocolMessage }.map(\.protocolMessageCommandAttributes.messageID)
    }

    var rejection: Temporal_Api_Update_V1_Rejection {
        get throws { try .init(unpackingAny: messages.first?.body ?? .init()) }
    }
}
