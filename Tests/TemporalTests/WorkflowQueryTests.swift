import Foundation
import Logging
import LoggingTestSupport
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

    @Test("Scenario 025: to a query a live run looks like a replay, silent, and to nothing else; then it goes on")
    func liveRun() throws {
        let log = LogRecorder()
        // A replay would have answered as if the run were live all along, which is what the code notes.
        let run = ScriptedRun(AskedWorkflow.self, logger: log.logger, alsoReplays: false)
        let look = WorkflowQuery(id: "q", type: AskedWorkflow.look.name, input: .init())
        var history = try firstTask("AskedWorkflow")
        _ = run.task(history)
        #expect(log.messages == ["begun"])
        #expect(try run.query(look).answer([Bool].self) == [false, true])
        #expect(run.activations.map(\.isReplaying) == [true])
        #expect(log.messages == ["begun"])

        history.taskCompleted()
        try history.signaled(AskedWorkflow.tell.name, NoValue())
        history.taskScheduledAndStarted()
        let outputs = run.task(history, queries: [look])
        #expect(outputs.commandTypes == [.startTimer])
        #expect(run.activations.map(\.isReplaying) == [false, true])
        guard case .complete(let completion)? = outputs.first, let answer = completion.answers.first else {
            Issue.record("not answered: \(outputs)")
            return
        }
        #expect(try DataConverter.standard.decode([Bool].self, from: answer.result.get()) == [false, false, true])
        #expect(log.messages == ["begun", "told"])

        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        #expect(try run.task(history).result() == [false, false, false])
        #expect(log.messages == ["begun", "told", "over"])

        // Rebuilt for the question alone, the run has seen nothing live.
        let rebuilt = LogRecorder()
        let other = ScriptedRun(AskedWorkflow.self, logger: rebuilt.logger)
        let replayed = other.replay(history.prefix(through: 6), previousStarted: 3, pageSize: 2)
        #expect(replayed.commandTypes == [.startTimer])
        #expect(try other.query(look).answer([Bool].self) == [true, false, true])
        #expect(rebuilt.messages == ["told"])
    }
}

/// Writes down whether its code is being replayed, and says so when asked.
final class AskedWorkflow: Workflow, @unchecked Sendable {
    static let look = QueryType<NoValue, [Bool]>("look")
    static let tell = SignalType<NoValue>("tell")

    static var handlers: WorkflowHandlers<AskedWorkflow> {
        WorkflowHandlers()
            .signal(tell) { asked, _, _ in asked.note("told") }
            .query(look) { asked, _ in
                asked.context?.logger.info("asked")
                return asked.seen + [asked.context?.isReplaying ?? false]
            }
    }

    private var context: WorkflowContext?
    private var seen: [Bool] = []

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [Bool] {
        self.context = context
        note("begun")
        try await context.wait(until: { self.seen.count > 1 })
        try await context.sleep(for: .seconds(1))
        note("over")
        return seen
    }

    private func note(_ what: Logger.Message) {
        context?.logger.info(what)
        seen.append(context?.isReplaying ?? false)
    }
}
