import Foundation
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("A run, asked")
struct WorkflowQueryTests {
    @Test("A query is answered from the state after the task, and leaves no command")
    func query() throws {
        var history = try firstTask("CounterWorkflow")
        let run = ScriptedRun(CounterWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        try history.signaled("add", 40)
        history.taskScheduledAndStarted()
        _ = run.task(history)
        let outputs = run.query(.init(id: "", type: "total", input: .init()))
        #expect(try outputs.answer() == 40)
        #expect(run.activations.map(\.isReplaying) == [true])
    }

    @Test("A query nobody answers fails with the names of those there are")
    func unknownQuery() throws {
        let run = ScriptedRun(CounterWorkflow.self)
        _ = run.task(try firstTask("CounterWorkflow"))
        let outputs = run.query(.init(id: "", type: "nonsense", input: .init()))
        guard case .answerQuery(let answer, _)? = outputs.first, case .failure(let error) = answer.result else {
            Issue.record("not refused: \(outputs)")
            return
        }
        #expect(error.failure.message.contains("total"))
    }

    @Test("A query that asks for something is refused, and leaves nothing behind")
    func meddlingQuery() throws {
        var history = try firstTask("MeddlingWorkflow")
        let run = ScriptedRun(MeddlingWorkflow.self)
        _ = run.task(history)
        let outputs = run.query(.init(id: "", type: "meddle", input: .init()))
        #expect(throws: FailureError.self) { try outputs.answer(Bool.self) }
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        #expect(run.task(history).commandTypes == [.completeWorkflowExecution])
    }
}
