import Foundation
import Logging
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("A worker's answers to workflow tasks", .timeLimit(.minutes(5)))
struct WorkerAnswerTests {
    /// Serves a scripted server with a worker while `body` runs.
    private func serve(
        _ types: [any Workflow.Type], failureTypes: [any Error.Type] = [],
        _ body: @escaping @Sendable (ScriptedService) async throws -> Void
    ) async throws {
        let server = ScriptedService(capabilities: .with { $0.sdkMetadata = true })
        let worker = Worker(
            service: server, namespace: "default", identity: "test",
            configuration: WorkerConfiguration(taskQueue: "test", failureErrorTypes: failureTypes), workflows: types,
            activities: .init(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await worker.serve { try await body(server) }
    }

    private func completion(_ answer: ScriptedService.Answer?) throws -> Completed {
        guard case .completed(let request)? = answer else {
            throw ApplicationFailure("not completed: \(String(describing: answer))", type: "Test")
        }
        return request
    }

    private func queryAnswer(_ answer: ScriptedService.Answer?) throws -> ScriptedService.Answered {
        guard case .query(let request)? = answer else {
            throw ApplicationFailure("no answer to a query: \(String(describing: answer))", type: "Test")
        }
        return request
    }

    private func ask(_ task: inout PollWorkflowTask, _ type: String, of workflowType: String = "Waiting") {
        task.workflowType.name = workflowType
        task.query.queryType = type
        task.startedEventID = 0
    }

    @Test("Scenario 035: a completion refused because a signal came meanwhile leads to a replay that sees the signal")
    func unhandledCommand() async throws {
        try await serve([Totalling.self]) { server in
            var history = HistoryBuilder(workflowType: "Totalling")
            try history.started()
            try history.signaled("add", 1)
            history.taskScheduledAndStarted()
            server.refuse(.respondWorkflowTaskCompleted, .invalidArgument, "UnhandledCommand")
            let first = try await server.answers(to: history) { $0.workflowType.name = "Totalling" }
            #expect(try completion(first.first).commands.map(\.commandType) == [.completeWorkflowExecution])
            var failed = history
            failed.taskFailed()
            try failed.signaled("add", 2)
            failed.taskScheduledAndStarted()
            let second = try await server.answers(to: failed) { $0.workflowType.name = "Totalling" }
            let command = try #require(try completion(second.first).commands.last)
            #expect(command.completeWorkflowExecutionCommandAttributes.result.payloads.first?.data == Data("3".utf8))
        }
    }

    @Test("Scenario 089: completions to a server that keeps it tell flags and SDK once")
    func metadata() async throws {
        try await serve([Waiting.self]) { server in
            var history = try firstTask("Waiting")
            let first = try completion(
                try await server.answers(to: history) { $0.workflowType.name = "Waiting" }.first)
            #expect(first.sdkMetadata.coreUsedFlags == [1, 2, 3, 4] && !first.sdkMetadata.sdkName.isEmpty)
            history.taskCompleted(
                flags: first.sdkMetadata.coreUsedFlags, sdkName: first.sdkMetadata.sdkName,
                sdkVersion: first.sdkMetadata.sdkVersion)
            try history.signaled("add", 1)
            history.taskScheduledAndStarted()
            let second = try completion(
                try await server.answers(to: history, from: 4, previousStarted: 3) {
                    $0.workflowType.name = "Waiting"
                }.first)
            #expect(second.sdkMetadata == .init())
        }
    }

    @Test("Scenario 100: a query that is a task of its own is answered with and without history, and after the end")
    func legacyQueries() async throws {
        try await serve([Waiting.self]) { server in
            var history = try firstTask("Waiting")
            _ = try await server.answers(to: history) { $0.workflowType.name = "Waiting" }
            let none = HistoryBuilder(workflowType: "Waiting")
            let kept = try queryAnswer(
                try await server.answers(to: none, previousStarted: 3) { self.ask(&$0, "total") }.first)
            #expect(kept.completedType == .answered && kept.queryResult.payloads.first?.data == Data("0".utf8))

            // It was asked before the task that the worker has done meanwhile.
            let expired = try queryAnswer(
                try await server.answers(to: none, previousStarted: 0) { self.ask(&$0, "total") }.first)
            #expect(expired.completedType == .failed && expired.errorMessage.contains("expired"))

            history.taskCompleted()
            try history.signaled("stop", NoValue())
            history.taskScheduledAndStarted()
            history.taskCompleted()
            try history.completed(result: 0)
            let closed = history
            let ended = try queryAnswer(
                try await server.answers(to: closed, previousStarted: closed.lastStartedID) { self.ask(&$0, "total") }
                    .first)
            #expect(ended.completedType == .answered)
        }
    }

    @Test("Scenario 100: a query of a run that does not fit its code, or whose caller is gone, harms nobody")
    func hopelessQueries() async throws {
        try await serve([Waiting.self]) { server in
            var strange = try firstTask("Waiting")
            strange.taskCompleted()
            strange.timerStarted(1)
            strange.taskScheduledAndStarted()
            strange.taskCompleted()
            let other = strange
            let refused = try queryAnswer(
                try await server.answers(to: other, previousStarted: other.lastStartedID) { self.ask(&$0, "total") }
                    .first)
            #expect(refused.completedType == .failed && refused.errorMessage.contains("TMPRL1100"))

            let history = try firstTask("Waiting")
            _ = try await server.answers(to: history) { $0.workflowType.name = "Waiting" }
            let none = HistoryBuilder(workflowType: "Waiting")
            server.refuse(.respondQueryTaskCompleted, .notFound, "the caller is gone")
            _ = try await server.answers(to: none, previousStarted: 3) { self.ask(&$0, "total") }
            server.refuse(.respondQueryTaskCompleted, .resourceExhausted, "too large", isMessageTooLarge: true)
            let answers = try await server.answers(2, to: none, previousStarted: 3) { self.ask(&$0, "total") }
            #expect(try queryAnswer(answers.first).completedType == .answered)
            #expect(try queryAnswer(answers.last).completedType == .failed)
            #expect(try queryAnswer(answers.last).errorMessage.contains("too large"))
        }
    }

    @Test("Scenario 101: queries that come with a task are answered with its completion, also those that fail")
    func attachedQueries() async throws {
        try await serve([Waiting.self]) { server in
            var history = HistoryBuilder(workflowType: "Waiting")
            try history.started()
            try history.signaled("add", 5)
            history.taskScheduledAndStarted()
            let answers = try await server.answers(to: history) {
                $0.workflowType.name = "Waiting"
                $0.queries = [
                    "a": .with { $0.queryType = "total" }, "b": .with { $0.queryType = "failing" },
                    "c": .with { $0.queryType = "nonsense" },
                ]
            }
            let results = try completion(answers.first).queryResults
            #expect(results["a"]?.resultType == .answered)
            #expect(results["a"]?.answer.payloads.first?.data == Data("5".utf8))
            #expect(results["b"]?.resultType == .failed && results["b"]?.errorMessage == "not today")
            #expect(results["c"]?.resultType == .failed && results["c"]?.errorMessage.contains("total") == true)
        }
    }

    @Test(
        "Scenario 104: a query completes no task and asks for nothing, though its run be rebuilt or have continued as new"
    )
    func queryAsksNothing() async throws {
        try await serve([Waiting.self]) { server in
            var history = try firstTask("Waiting")
            history.taskCompleted()
            try history.signaled("stop", NoValue())
            history.taskScheduledAndStarted()
            history.taskCompleted()
            var continued = history
            continued.add(.workflowExecutionCompleted, .workflowExecutionCompletedEventAttributes(.init()))
            // The worker has never seen the run: the server sends its history along.
            let ended = continued
            let rebuilt = try await server.answers(to: ended, previousStarted: ended.lastStartedID) {
                self.ask(&$0, "total")
            }
            #expect(try queryAnswer(rebuilt.first).completedType == .answered)

            var chain = try firstTask("Continuing")
            chain.taskCompleted()
            chain.add(.workflowExecutionContinuedAsNew, .workflowExecutionContinuedAsNewEventAttributes(.init()))
            let first = chain
            let unknown = try await server.answers(to: first, previousStarted: first.lastStartedID) {
                self.ask(&$0, "total", of: "Unregistered")
            }
            #expect(try queryAnswer(unknown.first).completedType == .failed)
        }
        try await serve([Continuing.self]) { server in
            var chain = try firstTask("Continuing")
            chain.taskCompleted()
            chain.add(.workflowExecutionContinuedAsNew, .workflowExecutionContinuedAsNewEventAttributes(.init()))
            let first = chain
            let answers = try await server.answers(to: first, previousStarted: first.lastStartedID) {
                self.ask(&$0, "total", of: "Continuing")
            }
            #expect(answers.count == 1)
            #expect(try queryAnswer(answers.first).queryResult.payloads.first?.data == Data("7".utf8))
        }
    }

    @Test("Scenario 112: a completion too large to send fails the task once, and says so")
    func tooLarge() async throws {
        try await serve([Waiting.self]) { server in
            let history = try firstTask("Waiting")
            for attempt in 1...2 {
                server.refuse(.respondWorkflowTaskCompleted, .resourceExhausted, "too large", isMessageTooLarge: true)
                let answers = try await server.answers(attempt == 1 ? 2 : 1, to: history) {
                    $0.workflowType.name = "Waiting"
                    $0.attempt = Int32(attempt)
                }
                guard attempt == 1 else { continue }
                guard case .failed(let request)? = answers.last else {
                    Issue.record("the task was not failed")
                    return
                }
                #expect(request.cause == .grpcMessageTooLarge)
            }
            // The answer to this task would come after one to the second attempt, if there were any.
            let next = try await server.answers(to: history) { $0.workflowType.name = "Waiting" }
            #expect(throws: Never.self) { try completion(next.first) }
        }
    }

    @Test("Scenario 113: history that does not fit the code fails the workflow, where the type or the worker says so")
    func nondeterminism() async throws {
        var history = try firstTask("Waiting")
        history.taskCompleted()
        history.timerStarted(1)
        history.taskScheduledAndStarted()
        let strange = history
        let cases: [(any Workflow.Type, [any Error.Type], Bool)] = [
            (Waiting.self, [], false), (Waiting.self, [NondeterminismError.self], true), (Strict.self, [], true),
        ]
        for (type, failureTypes, fails) in cases {
            try await serve([type], failureTypes: failureTypes) { server in
                let answers = try await server.answers(to: strange, previousStarted: 3) {
                    $0.workflowType.name = type.workflowType
                }
                switch answers.first {
                case .completed(let request)?:
                    #expect(fails)
                    #expect(request.commands.map(\.commandType) == [.failWorkflowExecution])
                    let failure = request.commands.first?.failWorkflowExecutionCommandAttributes.failure
                    #expect(failure?.message.hasPrefix("[TMPRL1100]") == true)
                case .failed(let request)?:
                    #expect(!fails)
                    #expect(request.cause == .nonDeterministicError)
                default: Issue.record("neither completed nor failed")
                }
            }
        }
    }

    @Test("An error that the type or the worker lists fails the workflow; any other only its task")
    func failureTypes() throws {
        for (type, fails) in [(Listing.self, true), (Unlisting.self, false)] as [(any ThrowingWorkflow.Type, Bool)] {
            let outputs = Self.run(type)
            #expect((outputs.commandTypes == [.failWorkflowExecution]) == fails)
            #expect((outputs.taskFailure != nil) == !fails)
        }
    }

    private static func run<W: Workflow>(_ type: W.Type) -> [RunOutput] {
        guard let history = try? firstTask(W.workflowType) else { return [] }
        return ScriptedRun(type).task(history)
    }
}

private struct Oops: Error {}

private protocol ThrowingWorkflow: Workflow {}

private final class Listing: ThrowingWorkflow {
    static var failureErrorTypes: [any Error.Type] { [Oops.self] }

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue { throw Oops() }
}

private final class Unlisting: ThrowingWorkflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue { throw Oops() }
}

/// Adds up what it is told until it is told to stop.
private final class Waiting: Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<Waiting> {
        WorkflowHandlers()
            .signal(SignalType<Int>("add")) { workflow, value, _ in workflow.total += value }
            .signal(SignalType<NoValue>("stop")) { workflow, _, _ in workflow.isStopped = true }
            .query(QueryType<NoValue, Int>("total")) { workflow, _ in workflow.total }
            .query(QueryType<NoValue, Int>("failing")) { _, _ in throw ApplicationFailure("not today", type: "No") }
    }

    private var total = 0
    private var isStopped = false

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> Int {
        try await context.wait(until: { self.isStopped })
        return total
    }
}

/// Adds up what it was told by the time it runs.
private final class Totalling: Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<Totalling> {
        WorkflowHandlers().signal(SignalType<Int>("add")) { workflow, value, _ in workflow.total += value }
    }

    private var total = 0

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> Int { total }
}

private final class Strict: Workflow {
    static var failureErrorTypes: [any Error.Type] { [NondeterminismError.self] }

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await context.wait(until: { false })
        return NoValue()
    }
}

private final class Continuing: Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<Continuing> {
        WorkflowHandlers().query(QueryType<NoValue, Int>("total")) { workflow, _ in workflow.total }
    }

    private var total = 0

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        total = 7
        throw ContinueAsNew(Continuing.self, NoValue())
    }
}
