import Foundation
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Runs in a worker", .timeLimit(.minutes(5)))
struct RunLifecycleTests {
    @Test("Scenario 005: a task with neither history nor query is failed, and the run dropped")
    func emptyTask() async throws {
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        try await worker.serve {
            service.deliver(HistoryBuilder(workflowType: "SleepWorkflow").polled(token: "empty"))
            let failed = try await service.call(1, of: .respondWorkflowTaskFailed)
            #expect(failed.failure.message.contains("neither events nor a query"))
            try await service.wait("the run to go") { await worker.cache.count == 0 }
        }
    }

    @Test("Scenario 105: a failed task is reported at the first attempt; at later ones the server's time-out says it")
    func reportedOnce() async throws {
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [BuggyWorkflow.self, SleepWorkflow.self])
        try await worker.serve {
            let history = try firstTask("BuggyWorkflow")
            for attempt in 1...3 {
                service.deliver(history.polled(token: "attempt \(attempt)", attempt: Int32(attempt)))
                // Another poll follows when the attempt was taken; of attempts that meet, only one is worked on.
                try await service.wait("the attempt to end") {
                    await worker.cache.count == 0 && service.calls(.pollWorkflowTaskQueue).count >= 5 + attempt
                        && worker.workflowWork.count == 0 && service.failedTokens == ["attempt 1"]
                }
            }
            // The next failure after a success counts from one again.
            service.deliver(history.polled(token: "again", attempt: 1))
            _ = try await service.call(2, of: .respondWorkflowTaskFailed)
            #expect(service.failedTokens == ["attempt 1", "again"])
        }
    }

    @Test("Scenario 106: a task the server has given up on drops the run, and the one that waits begins it anew")
    func completionNotFound() async throws {
        let service = ScriptedService()
        let gate = AsyncGate()
        service.answer(.respondWorkflowTaskCompleted) { request in
            guard request.taskToken == Data("late".utf8) else { return .init() }
            await gate.pass()
            throw TemporalRPCError.scripted(.notFound)
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        try await worker.serve {
            let history = try firstTask("SleepWorkflow")
            service.deliver(history.polled(token: "late"))
            try await service.wait("the late completion") { gate.entered == 1 }
            service.deliver(history.polled(token: "anew", attempt: 2))
            try await service.wait("the second task to be taken") { worker.workflowWork.count == 2 }
            gate.open()
            let anew = try await service.call(2, of: .respondWorkflowTaskCompleted)
            // Begun anew, the code asks for its timer again; a run that went on would have had nothing to ask for.
            #expect(anew.commands.map(\.commandType) == [.startTimer])
            #expect(service.completedTokens == ["late", "anew"])
        }
    }

    @Test("Scenario 107: of the tasks that come while slow code still works on the first, the newest is taken")
    func slowCode() async throws {
        SlowWorkflow.gate = Gate()
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [SlowWorkflow.self])
        try await worker.serve {
            let history = try firstTask("SlowWorkflow")
            service.deliver(history.polled(token: "first"))
            try await service.wait("the code") { SlowWorkflow.gate.blocked == 1 }
            service.deliver(history.polled(token: "second", attempt: 2))
            try await service.wait("the second task") { worker.workflowWork.count == 2 }
            service.deliver(history.polled(token: "third", attempt: 3))
            // It gives way while the code is still busy.
            try await service.wait("the second to give way") {
                worker.workflowWork.count == 2 && service.calls(.pollWorkflowTaskQueue).count == 8
            }
            SlowWorkflow.gate.open()
            try await service.wait("the third task") { SlowWorkflow.gate.blocked == 2 }
            SlowWorkflow.gate.open()
            _ = try await service.call(2, of: .respondWorkflowTaskCompleted)
            #expect(service.completedTokens == ["first", "third"])
        }
    }

    @Test("Scenario 108: more runs than fit are never in memory, and all come to their end")
    func moreRunsThanRoom() async throws {
        let service = ScriptedService()
        let cache = Mutex<RunCache?>(nil)
        let most = Mutex(0)
        service.answer(.respondWorkflowTaskCompleted) { _ in
            let count = await cache.withLock { $0 }?.count ?? 0
            most.withLock { $0 = max($0, count) }
            return .init()
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self]) { $0.maximumCachedWorkflows = 3 }
        cache.withLock { $0 = worker.cache }
        try await worker.serve {
            for index in 0..<40 {
                service.deliver(try firstTask("SleepWorkflow").polled(token: "\(index)", runID: "run \(index)"))
            }
            _ = try await service.call(40, of: .respondWorkflowTaskCompleted)
            #expect(Set(service.completedTokens).count == 40)
            #expect(most.withLock { $0 } == 3)
        }
        #expect(await worker.cache.count == 0)
    }

    @Test("Scenario 109: a run whose history is still being read is not dropped for another")
    func replayIsNotCutShort() async throws {
        let service = ScriptedService()
        let gate = AsyncGate()
        let history = try sleptHistory()
        service.answer(.getWorkflowExecutionHistory) { _ in
            await gate.pass()
            return .with { $0.history.events = Array(history.events[6...]) }
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self]) { $0.maximumCachedWorkflows = 1 }
        try await worker.serve {
            var task = history.polled(token: "long", runID: "long", previousStarted: 3)
            task.history.events = Array(task.history.events[..<6])
            task.nextPageToken = Data([1])
            service.deliver(task)
            try await service.wait("the page") { gate.entered == 1 }
            // The long one has one of the two permits, a sticky poll the other.
            service.deliver(try firstTask("SleepWorkflow").polled(token: "other", runID: "other"), to: .sticky)
            try await service.wait("the other task") { worker.workflowWork.count == 2 }
            #expect(service.completedTokens.isEmpty)
            gate.open()
            _ = try await service.call(2, of: .respondWorkflowTaskCompleted)
            #expect(service.completedTokens == ["long", "other"])
            #expect(service.calls(.getWorkflowExecutionHistory).count == 1)
        }
    }

    @Test("Scenario 110: history that cannot be fetched fails the task once and drops the run", arguments: [1, 4])
    func fetchFails(eventsGiven: Int) async throws {
        let service = ScriptedService()
        service.answer(.getWorkflowExecutionHistory) { _ in throw TemporalRPCError.scripted(.unavailable) }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        let history = try sleptHistory()
        try await worker.serve {
            // Given little, nothing was replayed yet; given more, the code has run and waits for what came of it.
            for attempt in 1...2 {
                var task = history.polled(token: "\(attempt)", previousStarted: 3, attempt: Int32(attempt))
                task.history.events = Array(task.history.events[..<eventsGiven])
                task.nextPageToken = Data([1])
                service.deliver(task)
                try await service.wait("the attempt to end") {
                    await worker.cache.count == 0 && service.calls(.getWorkflowExecutionHistory).count == attempt
                        && worker.workflowWork.count == 0
                }
            }
            #expect(service.failedTokens == ["1"])
            #expect(service.completedTokens.isEmpty)
        }
    }

    @Test("Scenario 111: a task that comes with an answer is worked on at once, with its pages, under the same permit")
    func returnedTask() async throws {
        let service = ScriptedService()
        let history = try sleptHistory()
        let first = try firstTask("SleepWorkflow")
        service.answer(.respondWorkflowTaskCompleted) { request in
            guard request.taskToken == Data("first".utf8) else { return .init() }
            return .with {
                var task = history.polled(token: "returned", after: first.lastID, previousStarted: 3)
                task.history.events.removeLast(2)
                task.nextPageToken = Data([1])
                $0.workflowTask = task
            }
        }
        service.answer(.getWorkflowExecutionHistory) { _ in
            .with { $0.history.events = Array(history.events.suffix(2)) }
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self]) {
            $0.maximumConcurrentWorkflowTasks = 2
        }
        try await worker.serve {
            service.deliver(first.polled(token: "first"))
            let second = try await service.call(2, of: .respondWorkflowTaskCompleted)
            #expect(second.taskToken == Data("returned".utf8))
            #expect(second.commands.map(\.commandType) == [.completeWorkflowExecution])
            #expect(service.calls(.respondWorkflowTaskCompleted).first?.returnNewWorkflowTask == true)
        }
        #expect(worker.workflowSlots.free == 2)
    }

    @Test("Scenario 112: a completion that is too large fails the task once, and says so", arguments: [1, 2])
    func completionTooLarge(attempt: Int32) async throws {
        let service = ScriptedService()
        service.answer(.respondWorkflowTaskCompleted) { _ in
            throw TemporalRPCError.scripted(.resourceExhausted, tooLarge: true)
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        try await worker.serve {
            service.deliver(try firstTask("SleepWorkflow").polled(token: "large", attempt: attempt))
            _ = try await service.call(1, of: .respondWorkflowTaskCompleted)
            try await service.wait("the run to go") { await worker.cache.count == 0 && worker.workflowWork.count == 0 }
            let failures = service.calls(.respondWorkflowTaskFailed)
            #expect(failures.map(\.cause) == (attempt == 1 ? [.grpcMessageTooLarge] : []))
        }
    }

    @Test("A query's answer that is too large is replaced by a failure that says so")
    func answerTooLarge() async throws {
        let service = ScriptedService()
        service.answer(.respondQueryTaskCompleted) { request in
            if request.completedType == .answered {
                throw TemporalRPCError.scripted(.resourceExhausted, tooLarge: true)
            }
            return .init()
        }
        try await Worker.scripted(service, workflows: [CounterWorkflow.self]).serve {
            var task = try firstTask("CounterWorkflow").polled(token: "query")
            task.query.queryType = "total"
            service.deliver(task)
            let answer = try await service.call(2, of: .respondQueryTaskCompleted)
            #expect(answer.completedType == .failed)
            #expect(answer.errorMessage.contains("too large"))
        }
    }

    @Test("A completion refused because of new events drops the run, which history then rebuilds")
    func unhandledCommand() async throws {
        let service = ScriptedService()
        service.answer(.respondWorkflowTaskCompleted) { request in
            if request.taskToken == Data("refused".utf8) { throw TemporalRPCError.scripted(.invalidArgument) }
            return .init()
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        try await worker.serve {
            let history = try firstTask("SleepWorkflow")
            service.deliver(history.polled(token: "refused"))
            try await service.wait("the run to go") {
                await worker.cache.count == 0 && service.completedTokens == ["refused"]
            }
            #expect(service.failedTokens.isEmpty)
        }
    }
}

final class SlowWorkflow: Workflow {
    nonisolated(unsafe) static var gate = Gate()

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        Self.gate.block()
        try await context.sleep(for: .seconds(1))
        return NoValue()
    }
}
