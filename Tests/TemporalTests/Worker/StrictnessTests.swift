import Foundation
import LoggingTestSupport
import Synchronization
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("What workflow code must not do", .timeLimit(.minutes(5)))
struct StrictnessTests {
    @Test(
        "Scenario 114: what no replay could repeat fails the task at once, and says what it was",
        arguments: [
            (Misdeed.unstructured, "Task {}"), (.detached, "Task.detached"), (.sleep, "Task.sleep"),
            (.mainActor, "main-actor call"), (.continuation, "nothing in its history"),
        ])
    func strict(misdeed: Misdeed, text: String) throws {
        let run = ScriptedRun(MisbehavingWorkflow.self)
        let failure = try #require(run.task(try firstTask("MisbehavingWorkflow", input: misdeed)).taskFailure)
        #expect(failure.cause == .nonDeterministicError)
        #expect(failure.failure.message.contains(text))
        #expect(failure.failure.message.contains("WorkflowContext"))
        #expect(run.isBroken)
    }

    @Test("A workflow that may still be signalled may wait for what the signal brings")
    func streamFedBySignal() throws {
        var history = try firstTask("StreamWorkflow")
        let run = ScriptedRun(StreamWorkflow.self)
        #expect(run.task(history).taskFailure == nil)
        history.taskCompleted()
        try history.signaled("value", 7)
        history.taskScheduledAndStarted()
        #expect(try run.task(history).result() == 7)
    }

    @Test("Scenario 114: code that blocks its thread is abandoned, its task fails, and other runs go on")
    func deadlock() async throws {
        BlockingWorkflow.gate = Gate()
        defer { BlockingWorkflow.gate.open() }
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [BlockingWorkflow.self, SleepWorkflow.self]) {
            // The other runs must stay below it, on a busy machine too.
            $0.deadlockTimeout = .seconds(2)
        }
        try await worker.serve {
            service.deliver(try firstTask("BlockingWorkflow").polled(token: "stuck", runID: "stuck"))
            let failed = try await service.call(1, of: .respondWorkflowTaskFailed)
            #expect(failed.cause == .workflowWorkerUnhandledFailure)
            #expect(failed.failure.message.hasPrefix("[TMPRL1101]"))
            // As many runs as there are threads, and one more: one of them had the thread that is gone.
            let others = (0...ProcessInfo.processInfo.activeProcessorCount).map { "other\($0)" }
            for other in others { service.deliver(try firstTask("SleepWorkflow").polled(token: other, runID: other)) }
            try await service.wait("the other runs") { service.completedTokens.count == others.count }
            #expect(Set(service.completedTokens) == Set(others))
        }
    }

    @Test("Scenario 115: code that swallows every error in a loop is left behind, and holds nobody up")
    func endlessLoop() async throws {
        let run = ScriptedRun(StubbornWorkflow.self)
        #expect(run.task(try firstTask("StubbornWorkflow")).commandTypes == [.startTimer])
        #expect(run.tearDown() == 1)

        // In a worker with room for one run, another can only begin once the first is gone.
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [StubbornWorkflow.self, SleepWorkflow.self]) {
            $0.maximumCachedWorkflows = 1
        }
        try await worker.serve {
            service.deliver(try firstTask("StubbornWorkflow").polled(token: "stubborn", runID: "stubborn"))
            _ = try await service.call(1, of: .respondWorkflowTaskCompleted)
            service.deliver(try firstTask("SleepWorkflow").polled(token: "next", runID: "next"))
            _ = try await service.call(2, of: .respondWorkflowTaskCompleted)
            #expect(service.completedTokens == ["stubborn", "next"])
        }
    }

    @Test("A workflow that is kept in memory is told of when its run leaves the worker")
    func remains() throws {
        let log = LogRecorder()
        // Or the address sanitizer tells of it, too.
        defer { HoardingWorkflow.hoard.withLock { $0.removeAll() } }
        let run = ScriptedRun(HoardingWorkflow.self, logger: log.logger)
        #expect(try run.task(try firstTask("HoardingWorkflow", input: true)).result() == 7)
        #expect(run.tearDown() == 0)
        #expect(log.messages.filter { $0.contains("a run of workflow HoardingWorkflow stays in memory") }.count == 1)
    }

    @Test("A workflow that keeps nothing that refers to it leaves nothing behind")
    func noRemains() throws {
        let log = LogRecorder()
        let run = ScriptedRun(HoardingWorkflow.self, logger: log.logger)
        #expect(try run.task(try firstTask("HoardingWorkflow", input: false)).result() == 7)
        #expect(run.tearDown() == 0)
        #expect(log.messages.isEmpty)
    }

    @Test("Code that only waits for a continuation of its own is ended by its cancellation")
    func cancelledStream() throws {
        let run = ScriptedRun(StreamWorkflow.self)
        _ = run.task(try firstTask("StreamWorkflow"))
        #expect(run.tearDown() == 0)
    }
}

enum Misdeed: String, Codable, Sendable {
    case unstructured, detached, sleep, mainActor, continuation
}

@MainActor private func onMainActor() -> Int { 1 }

final class MisbehavingWorkflow: Workflow {
    private let misdeed: Misdeed

    init(_ input: Misdeed) { misdeed = input }

    func run(_ context: WorkflowContext) async throws -> NoValue {
        switch misdeed {
        case .unstructured: await Task {}.value
        case .detached: await Task.detached {}.value
        // Far longer than the task takes, or the code goes on while it is driven.
        case .sleep: try await Task.sleep(for: .seconds(600))
        case .mainActor: _ = await onMainActor()
        case .continuation: await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        }
        return NoValue()
    }
}

/// Hands what it is told through a stream.
final class StreamWorkflow: Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<StreamWorkflow> {
        WorkflowHandlers().signal(SignalType<Int>("value")) { workflow, value, _ in
            workflow.continuation.yield(value)
        }
    }

    private let (values, continuation) = AsyncStream.makeStream(of: Int.self)

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> Int {
        var iterator = values.makeAsyncIterator()
        return await iterator.next() ?? 0
    }
}

/// Leaves behind a closure, which keeps it if it is told to.
final class HoardingWorkflow: Workflow, Sendable {
    static let hoard = Mutex<[@Sendable () -> Int]>([])

    private let isSelfish: Bool
    private let value = 7

    init(_ isSelfish: Bool) { self.isSelfish = isSelfish }

    func run(_ context: WorkflowContext) async throws -> Int {
        Self.hoard.withLock { hoard in
            let value = value
            if isSelfish { hoard.append { self.value } } else { hoard.append { value } }
        }
        return value
    }
}

final class BlockingWorkflow: Workflow {
    nonisolated(unsafe) static var gate = Gate()

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        Self.gate.block()
        return NoValue()
    }
}

/// Waits again whatever happens.
final class StubbornWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        while true { try? await context.sleep(for: .seconds(5)) }
    }
}
