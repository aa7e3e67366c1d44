import Foundation
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("A replayer")
struct WorkflowReplayerTests {
    private let replayer = WorkflowReplayer(workflows: [ParallelWorkflow.self, SleepWorkflow.self, BuggyWorkflow.self])

    @Test("A closed run whose code is unchanged replays, from either form of its export")
    func unchanged() async throws {
        let history = try slept()
        for exported in [try history.json(), try history.protobuf()] {
            let read = try WorkflowHistory(exported: exported)
            #expect(read == history)
            let result = await replayer.replay(read)
            #expect(result.verdict == .ok)
            #expect(result.workflowType == "SleepWorkflow")
            #expect(result.eventCount == history.eventCount)
        }
    }

    @Test("An old export, with names as tools wrote them before, reads the same, and what it has beyond is ignored")
    func oldSpelling() async throws {
        let history = try slept()
        var text = String(decoding: try history.json(), as: UTF8.self)
        for (new, old) in [
            ("EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "WorkflowExecutionStarted"),
            ("EVENT_TYPE_WORKFLOW_TASK_SCHEDULED", "WorkflowTaskScheduled"),
            ("EVENT_TYPE_WORKFLOW_TASK_STARTED", "WorkflowTaskStarted"),
            ("EVENT_TYPE_WORKFLOW_TASK_COMPLETED", "WorkflowTaskCompleted"),
            ("EVENT_TYPE_TIMER_STARTED", "TimerStarted"), ("EVENT_TYPE_TIMER_FIRED", "TimerFired"),
            ("EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED", "WorkflowExecutionCompleted"),
            ("{\"eventId\":\"1\"", "{\"newerThanThis\":{\"a\":[1]},\"eventId\":\"1\""),
        ] {
            #expect(text.contains(new))
            text = text.replacingOccurrences(of: new, with: old)
        }
        #expect(try WorkflowHistory(json: Data(text.utf8)) == history)
    }

    @Test("Code that asks for something else is told from code that does not, with the event where they part")
    func changed() async throws {
        var history = try firstTask("SleepWorkflow")
        history.taskCompleted()
        history.activityScheduled(1, type: "work")
        let verdict = await replayer.replay(WorkflowHistory(events: history.events)).verdict
        guard case .nondeterminism(let message) = verdict else {
            Issue.record("not refused: \(verdict)")
            return
        }
        #expect(message.contains("[TMPRL1100]"))
        #expect(message.contains("event 5"))
    }

    @Test("Code that asks for more than history has at its end is refused; an open task leaves it free to")
    func more() async throws {
        var history = try firstTask("SleepWorkflow")
        #expect(await replayer.replay(WorkflowHistory(events: history.events)).verdict == .ok)
        history.taskCompleted()
        let verdict = await replayer.replay(WorkflowHistory(events: history.events)).verdict
        guard case .nondeterminism = verdict else {
            Issue.record("not refused: \(verdict)")
            return
        }
    }

    @Test("Code that fails its task, a type nobody registered, and a damaged history are failures, not nondeterminism")
    func failures() async throws {
        let buggy = try firstTask("BuggyWorkflow")
        var gap = try slept().events
        gap.remove(at: 4)
        for (history, word) in [
            (WorkflowHistory(events: buggy.events), "Bug"),
            (WorkflowHistory(events: try firstTask("Unheard").events), "SleepWorkflow"),
            (WorkflowHistory(events: gap), "gap"),
        ] {
            let verdict = await replayer.replay(history).verdict
            guard case .failed(let message) = verdict else {
                Issue.record("not a failure: \(verdict)")
                continue
            }
            #expect(message.contains(word))
        }
    }

    @Test("Code that blocks its thread is a failure that says so; other histories are replayed all the same")
    func deadlock() async throws {
        defer { StuckWorkflow.gate.open() }
        let replayer = WorkflowReplayer(
            workflows: [StuckWorkflow.self, SleepWorkflow.self], deadlockTimeout: .milliseconds(1_500))
        let stuck = WorkflowHistory(events: try firstTask("StuckWorkflow").events)
        let results = await replayer.replay([stuck, try slept()])
        guard case .failed(let message) = results.first?.verdict else {
            Issue.record("not a failure: \(results)")
            return
        }
        #expect(message.contains("[TMPRL1101]"))
        #expect(message.contains("1.5 seconds"))
        #expect(results.last?.verdict == .ok)
    }

    @Test(
        "What is no history is refused before it is replayed",
        arguments: ["", "{}", "[]", "nonsense", #"{"events":3}"#])
    func nonsense(text: String) {
        #expect(throws: WorkflowHistoryError.self) { try WorkflowHistory(exported: Data(text.utf8)) }
    }

    private func slept() throws -> WorkflowHistory {
        var history = try firstTask("SleepWorkflow")
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.task()
        try history.completed(result: "slept")
        return WorkflowHistory(workflowID: "replay", events: history.events)
    }
}

/// Blocks its thread until the test lets it go.
private final class StuckWorkflow: Workflow {
    static let gate = Gate()

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        Self.gate.block()
        return NoValue()
    }
}
