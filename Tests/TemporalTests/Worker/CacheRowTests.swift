import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("What a task brings, and what the worker has", .timeLimit(.minutes(5)))
struct CacheRowTests {
    /// A worker that has worked on the first task of `SleepWorkflow`, or has not.
    private func withWorker(
        knowsRun: Bool, _ body: (ScriptedService, Worker, HistoryBuilder) async throws -> Void
    ) async throws {
        let service = ScriptedService()
        let history = try sleptHistory()
        service.answer(.getWorkflowExecutionHistory) { request in
            // One event a page; the token is the number of those given.
            let given = Int(request.nextPageToken.first ?? 0)
            return .with {
                $0.history.events = [history.events[given]]
                if given + 1 < history.events.count { $0.nextPageToken = Data([UInt8(given + 1)]) }
            }
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        try await worker.serve {
            if knowsRun {
                service.deliver(try firstTask("SleepWorkflow").polled(token: "first"))
                _ = try await service.call(1, of: .respondWorkflowTaskCompleted)
            }
            try await body(service, worker, history)
        }
    }

    @Test(
        "A task that goes on, overlaps, leaves a gap, or begins anew comes to the same end",
        arguments: [(Int64(3), true, 0), (1, true, 0), (5, true, 8), (0, true, 0), (3, false, 8), (0, false, 0)])
    func tasks(after: Int64, knowsRun: Bool, pagesFetched: Int) async throws {
        try await withWorker(knowsRun: knowsRun) { service, _, history in
            service.deliver(
                history.polled(token: "second", after: after, previousStarted: 3), to: after == 0 ? .workflow : .sticky)
            let completed = try await service.call(knowsRun ? 2 : 1, of: .respondWorkflowTaskCompleted)
            #expect(completed.taskToken == Data("second".utf8))
            #expect(completed.commands.map(\.commandType) == [.completeWorkflowExecution])
            #expect(service.calls(.getWorkflowExecutionHistory).count == pagesFetched)
        }
    }

    @Test("Events that only came with the task are added to the history that was fetched")
    func transientEvents() async throws {
        let service = ScriptedService()
        let history = try sleptHistory()
        service.answer(.getWorkflowExecutionHistory) { _ in
            .with { $0.history.events = Array(history.events.dropLast(2)) }
        }
        try await Worker.scripted(service, workflows: [SleepWorkflow.self]).serve {
            service.deliver(history.polled(token: "task", after: 3, previousStarted: 3), to: .sticky)
            let completed = try await service.call(1, of: .respondWorkflowTaskCompleted)
            #expect(completed.commands.map(\.commandType) == [.completeWorkflowExecution])
        }
    }

    @Test("History that ends before the task does fails it")
    func endsEarly() async throws {
        let service = ScriptedService()
        let history = try sleptHistory()
        service.answer(.getWorkflowExecutionHistory) { _ in .with { $0.history.events = Array(history.events[..<4]) } }
        try await Worker.scripted(service, workflows: [SleepWorkflow.self]).serve {
            var task = history.polled(token: "task", after: 3, previousStarted: 3)
            task.history.events = []
            task.queries["q"] = .with { $0.queryType = "any" }
            service.deliver(task, to: .sticky)
            let failed = try await service.call(1, of: .respondWorkflowTaskFailed)
            #expect(failed.failure.message.contains("history ended early"))
        }
    }

    @Test(
        "Scenario 103: a question about a run that is not here makes the worker read its history, and answers nothing else"
    )
    func queryMiss() async throws {
        try await withWorker(knowsRun: false) { service, worker, history in
            var task = history.polled(token: "query", after: .max, previousStarted: history.lastStartedID)
            task.startedEventID = 0
            task.query.queryType = "unknown"
            service.deliver(task, to: .sticky)
            _ = try await service.call(1, of: .respondQueryTaskCompleted)
            #expect(service.calls(.getWorkflowExecutionHistory).count == history.events.count)
            #expect(service.completedTokens.isEmpty && service.failedTokens.isEmpty)
            // A run made for a question must not go on from there.
            try await service.wait("the run to go") { await worker.cache.count == 0 }
        }
    }

    @Test("A question about a run that is here is answered from memory, and leaves it there")
    func queryHit() async throws {
        try await withWorker(knowsRun: true) { service, worker, history in
            var task = try firstTask("SleepWorkflow").polled(token: "query", after: .max, previousStarted: 3)
            task.startedEventID = 0
            task.query.queryType = "unknown"
            service.deliver(task, to: .sticky)
            _ = try await service.call(1, of: .respondQueryTaskCompleted)
            #expect(service.calls(.getWorkflowExecutionHistory).isEmpty)
            #expect(await worker.cache.count == 1)
            service.deliver(history.polled(token: "second", after: 3, previousStarted: 3), to: .sticky)
            _ = try await service.call(2, of: .respondWorkflowTaskCompleted)
        }
    }

    @Test("A question about a closed run replays it to its end, and completes nothing")
    func queryClosed() async throws {
        let service = ScriptedService()
        var history = try sleptHistory()
        history.taskCompleted()
        try history.completed(result: "slept")
        let closed = history
        try await Worker.scripted(service, workflows: [SleepWorkflow.self]).serve {
            var task = closed.polled(token: "query", previousStarted: closed.lastStartedID)
            task.startedEventID = 0
            task.query.queryType = "unknown"
            service.deliver(task)
            _ = try await service.call(1, of: .respondQueryTaskCompleted)
            #expect(service.completedTokens.isEmpty)
        }
    }

    @Test("Scenario 102: questions that come while the run is busy wait for their turn, and none is lost")
    func bufferedQueries() async throws {
        let service = ScriptedService()
        let gate = AsyncGate()
        service.answer(.respondWorkflowTaskCompleted) { _ in
            await gate.pass()
            return .init()
        }
        let worker = Worker.scripted(service, workflows: [CounterWorkflow.self])
        try await worker.serve {
            service.deliver(try firstTask("CounterWorkflow").polled(token: "task"))
            try await service.wait("the completion") { gate.entered == 1 }
            for index in 0..<10 {
                var query = try firstTask("CounterWorkflow").polled(
                    token: "query \(index)", after: .max, previousStarted: 3)
                query.startedEventID = 0
                query.query.queryType = "total"
                service.deliver(query, to: .sticky)
            }
            try await service.wait("the queries to be taken") { worker.workflowWork.count == 11 }
            #expect(service.answeredTokens.isEmpty)
            gate.open()
            try await service.wait("the answers") { service.answeredTokens.count == 10 }
            #expect(Set(service.answeredTokens) == Set((0..<10).map { "query \($0)" }))
            #expect(service.calls(.respondQueryTaskCompleted).allSatisfy { $0.completedType == .answered })
        }
    }

    @Test("With no room for runs each task is replayed whole, and the server is told to keep none for this worker")
    func noCache() async throws {
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self]) { $0.maximumCachedWorkflows = 0 }
        try await worker.serve {
            service.deliver(try firstTask("SleepWorkflow").polled(token: "first"))
            let first = try await service.call(1, of: .respondWorkflowTaskCompleted)
            #expect(!first.hasStickyAttributes && !first.returnNewWorkflowTask)
            try await service.wait("the run to go") { await worker.cache.count == 0 }
            service.deliver(try sleptHistory().polled(token: "second", previousStarted: 3))
            let second = try await service.call(2, of: .respondWorkflowTaskCompleted)
            #expect(second.commands.map(\.commandType) == [.completeWorkflowExecution])
            #expect(service.openPolls(.sticky) == 0)
        }
    }
}
