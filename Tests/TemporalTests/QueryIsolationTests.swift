import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Queries and validators that let the workflow go on", .timeLimit(.minutes(5)))
struct QueryIsolationTests {
    private let poke = WorkflowQuery(id: "q", type: PokedWorkflow.poke.name, input: .init())

    private func pokedHistory() throws -> HistoryBuilder {
        var history = try firstTask("PokedWorkflow")
        history.taskCompleted()
        try history.signaled(PokedWorkflow.push.name, 7)
        history.taskScheduledAndStarted()
        return history
    }

    @Test(
        "A query that yields to a stream the workflow reads fails with that reason, and the run is of no use any more")
    func resumingQuery() throws {
        let run = ScriptedRun(PokedWorkflow.self)
        _ = run.task(try firstTask("PokedWorkflow"))
        let outputs = run.query(poke)
        guard case .answerQuery(let answer, _)? = outputs.first, case .failure(let error) = answer.result else {
            Issue.record("not refused: \(outputs)")
            return
        }
        #expect(error.failure.applicationFailureInfo.type == "QueryChangedWorkflow")
        #expect(error.failure.message.contains("yielded to a stream"))
        #expect(run.isBroken)
        #expect(run.tearDown() == 0)
    }

    @Test("A query that resumes nothing leaves the run as it is, wherever its handler is called")
    func harmlessQuery() throws {
        let run = ScriptedRun(PokedWorkflow.self)
        _ = run.task(try firstTask("PokedWorkflow"))
        #expect(try run.query(.init(id: "", type: PokedWorkflow.sum.name, input: .init())).answer() == 0)
        #expect(!run.isBroken)
        #expect(try run.task(pokedHistory()).result() == 7)
    }

    @Test("The worker answers the query with the failure, rebuilds the run, and the workflow never hears of it")
    func worker() async throws {
        let service = ScriptedService()
        let history = try pokedHistory()
        service.answer(.getWorkflowExecutionHistory) { _ in .with { $0.history.events = history.events } }
        try await Worker.scripted(service, workflows: [PokedWorkflow.self]).serve {
            service.deliver(try firstTask("PokedWorkflow").polled(token: "first"))
            _ = try await service.call(1, of: .respondWorkflowTaskCompleted)
            var query = history.polled(token: "query", previousStarted: 3)
            query.history.events = []
            query.startedEventID = 0
            query.query.queryType = PokedWorkflow.poke.name
            service.deliver(query, to: .sticky)
            let answer = try await service.call(1, of: .respondQueryTaskCompleted)
            #expect(answer.completedType == .failed)
            service.deliver(history.polled(token: "second", after: 3, previousStarted: 3), to: .sticky)
            let completed = try await service.call(2, of: .respondWorkflowTaskCompleted)
            #expect(completed.commands.map(\.commandType) == [.completeWorkflowExecution])
            let result = try #require(completed.commands.last).completeWorkflowExecutionCommandAttributes.result
            #expect(try DataConverter.standard.decode(Int.self, from: result) == 7)
            #expect(service.calls(.getWorkflowExecutionHistory).count == 1)
            #expect(service.failedTokens.isEmpty)
        }
    }

    @Test("A query that comes with a task costs the task nothing but its place in memory")
    func queryWithTask() async throws {
        let service = ScriptedService()
        let history = try pokedHistory()
        service.answer(.getWorkflowExecutionHistory) { _ in .with { $0.history.events = history.events } }
        try await Worker.scripted(service, workflows: [PokedWorkflow.self]).serve {
            var first = try firstTask("PokedWorkflow").polled(token: "first")
            first.queries["q"] = .with { $0.queryType = PokedWorkflow.poke.name }
            service.deliver(first)
            let completed = try await service.call(1, of: .respondWorkflowTaskCompleted)
            #expect(completed.commands.isEmpty)
            #expect(completed.queryResults["q"]?.resultType == .failed)
            #expect(!completed.returnNewWorkflowTask)
            #expect(!completed.hasStickyAttributes)
            service.deliver(history.polled(token: "second", previousStarted: 3))
            let second = try await service.call(2, of: .respondWorkflowTaskCompleted)
            #expect(second.commands.map(\.commandType) == [.completeWorkflowExecution])
        }
    }

    @Test(
        "One that comes while the task in hand waits for a local activity makes the run begin anew with the next task")
    func whileAwaitingLocalActivity() throws {
        let run = ScriptedRun(PokedWhileWorkingWorkflow.self)
        #expect(run.task(try firstTask("PokedWhileWorkingWorkflow")).commands.isEmpty)
        let outputs = run.query(poke)
        guard case .answerQuery(let answer, _)? = outputs.first, case .failure = answer.result, outputs.count == 1
        else {
            Issue.record("not refused: \(outputs)")
            return
        }
        let result = try OperationResult.completed(DataConverter.standard.payloads(encoding: "worked"))
        let resolved = run.resolveLocalActivity(.init(sequence: 1, result: result))
        guard case .complete(let completion)? = resolved.first else {
            Issue.record("not answered: \(resolved)")
            return
        }
        #expect(completion.commands.isEmpty)
        #expect(completion.forcesNewTask)
        #expect(run.isBroken)
    }

    @Test("A validator that lets the workflow go on fails the task: a replay does not ask it")
    func resumingValidator() throws {
        let run = ScriptedRun(PokedWorkflow.self)
        var history = try firstTask("PokedWorkflow")
        _ = run.task(history)
        history.taskCompleted()
        history.taskScheduledAndStarted()
        let outputs = run.task(history, messages: [try history.updateRequest("u1", PokedWorkflow.change.name, 5)])
        #expect(outputs.taskFailure?.failure.message.contains("must not let tasks of its workflow go on") == true)
    }
}

/// Waits for a value from a stream, which a query and a validator feed too.
final class PokedWorkflow: Workflow, @unchecked Sendable {
    static let push = SignalType<Int>("push")
    static let poke = QueryType<NoValue, Int>("poke")
    static let sum = QueryType<NoValue, Int>("sum")
    static let change = UpdateType<Int, Int>("change")

    static var handlers: WorkflowHandlers<PokedWorkflow> {
        WorkflowHandlers()
            .signal(push) { workflow, value, _ in workflow.continuation.yield(value) }
            .query(poke) { workflow, _ in
                workflow.continuation.yield(1)
                return 1
            }
            .query(sum) { workflow, _ in workflow.total }
            .update(change, validator: feed) { _, value, _ in value }
    }

    private let (values, continuation) = AsyncStream.makeStream(of: Int.self)
    private var total = 0

    init(_ input: NoValue) {}

    @Sendable private static func feed(_ workflow: PokedWorkflow, _ value: Int) throws {
        workflow.continuation.yield(value)
    }

    func run(_ context: WorkflowContext) async throws -> Int {
        var iterator = values.makeAsyncIterator()
        total += await iterator.next() ?? 0
        return total
    }
}

/// Runs a local activity, while it waits for a value from a stream.
final class PokedWhileWorkingWorkflow: Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<PokedWhileWorkingWorkflow> {
        WorkflowHandlers()
            .signal(PokedWorkflow.push) { workflow, value, _ in workflow.continuation.yield(value) }
            .query(PokedWorkflow.poke) { workflow, _ in
                workflow.continuation.yield(1)
                return 1
            }
    }

    private let (values, continuation) = AsyncStream.makeStream(of: Int.self)

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        async let value = values.first { _ in true }
        let work = try await context.executeLocal(Local.work, 1, options: Local.options)
        return "\(work) \(await value ?? 0)"
    }
}
