import Foundation
import LoggingTestSupport
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Every workflow task a worker has is answered", .timeLimit(.minutes(5)))
struct UnansweredTaskTests {
    @Test("Local activities ended by a shutdown end the wait of their task, which goes to another worker at once")
    func shutdownDuringLocalActivity() async throws {
        let gate = AsyncGate()
        var activities = Activities()
        activities.register(Local.work) { _, _ in
            await gate.pass()
            return "too late"
        }
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [SequentialLocalWorkflow.self], activities: activities)
        try await worker.serve {
            service.deliver(try firstTask("SequentialLocalWorkflow", input: 1).polled(token: "first"))
            try await service.wait("the local activity") { gate.entered == 1 }
        }
        let answer = try #require(service.calls(.respondWorkflowTaskCompleted).first)
        #expect(answer.forceCreateNewWorkflowTask && answer.commands.isEmpty)
        // What only this worker knew is gone with it: nothing ties the run to it.
        #expect(!answer.hasStickyAttributes && !answer.returnNewWorkflowTask)
        gate.open()
    }

    @Test("A codec that takes its time leaves the heartbeat of the task where it was")
    func slowCodec() async throws {
        let gate = AsyncGate()
        var activities = Activities()
        activities.register(Local.work) { _, _ in
            await gate.pass()
            return ""
        }
        let service = ScriptedService()
        let codec = SlowCodec(delay: .seconds(8))
        let worker = Worker(
            service: service, namespace: "default", identity: "tester",
            configuration: WorkerConfiguration(taskQueue: "test"), workflows: [SequentialLocalWorkflow.self],
            activities: activities, converter: DataConverter(codecs: [codec]), logger: silent)
        try await worker.serve {
            var history = try firstTask("SequentialLocalWorkflow", input: 1)
            history.changeFirst {
                $0.workflowExecutionStartedEventAttributes.workflowTaskTimeout = .init(.seconds(10))
            }
            service.deliver(history.polled(token: "first"))
            let beat = try await service.call(1, of: .respondWorkflowTaskCompleted)
            #expect(beat.forceCreateNewWorkflowTask)
            // Eight tenths of the time-out, eight seconds, had passed by then: it was due at once, not eight later.
            #expect(try #require(codec.end.withLock { $0 }).duration(to: .now) < .milliseconds(7_500))
            gate.open()
        }
    }

    @Test("A worker that ends while a start with its room is under way works on the task that comes of it")
    func shutdownDuringEagerStart() async throws {
        let service = ScriptedService(capabilities: .with { $0.eagerWorkflowStart = true })
        let gate = AsyncGate()
        let task = try firstTask("SleepWorkflow").polled(token: "eager")
        service.answer(.startWorkflowExecution) { _ in
            await gate.pass()
            return .with { $0.eagerWorkflowTask = task }
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        let running = Task { try await worker.run() }
        try await service.wait("the polls") { service.openPolls(.workflow) == 1 }
        let starting = Task { try await startEagerly(service) }
        try await service.wait("the start") { gate.entered == 1 }
        worker.shutdown()
        _ = try await service.call(1, of: .shutdownWorker)
        try await service.wait("the end of the polls") { worker.polls.count == 0 }
        #expect(worker.workflowWork.count == 1)
        gate.open()
        try await starting.value
        try await running.value
        #expect(service.completedTokens == ["eager"])
        #expect(worker.workflowSlots.free == 100)
    }

    @Test("A start whose first task cannot be decoded has succeeded; the task is failed, and handed out again")
    func undecodableEagerTask() async throws {
        let service = ScriptedService(capabilities: .with { $0.eagerWorkflowStart = true })
        var task = try firstTask("SleepWorkflow").polled(token: "eager")
        task.history.events[0].workflowExecutionStartedEventAttributes.input.payloads = [Payload()]
        let eager = task
        service.answer(.startWorkflowExecution) { _ in
            .with {
                $0.runID = "run"
                $0.eagerWorkflowTask = eager
            }
        }
        let converter = DataConverter(codecs: [OneWayCodec()])
        var configuration = WorkerConfiguration(taskQueue: "test")
        configuration.activityGracePeriod = .zero
        let logs = LogRecorder()
        let worker = Worker(
            service: service, namespace: "default", identity: "tester", configuration: configuration,
            workflows: [SleepWorkflow.self], activities: .init(), converter: converter, logger: logs.logger)
        try await worker.serve {
            try await service.wait("the polls") { service.openPolls(.workflow) == 1 }
            try await startEagerly(service, converter)
            let failed = try await service.call(1, of: .respondWorkflowTaskFailed)
            #expect(failed.taskToken == Data("eager".utf8))
            #expect(failed.failure.message.contains("not this one"))
        }
        #expect(worker.workflowSlots.free == 100)
        #expect(logs.messages.contains { $0.contains("not this one") })
    }

    private func startEagerly(_ service: ScriptedService, _ converter: DataConverter = .standard) async throws {
        let client = TemporalClient(
            service: service, namespace: "default", identity: "tester", converter: converter)
        var options = StartWorkflowOptions(id: "workflow", taskQueue: "test")
        options.requestsEagerStart = true
        _ = try await client.startWorkflow(SleepWorkflow.self, options: options)
    }

    @Test("A task of another run that comes with an answer is worked on by that run")
    func returnedTaskOfAnotherRun() async throws {
        let service = ScriptedService()
        let other = try firstTask("CounterWorkflow").polled(token: "other", runID: "other")
        service.answer(.respondWorkflowTaskCompleted) { request in
            .with { if request.taskToken == Data("first".utf8) { $0.workflowTask = other } }
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self, CounterWorkflow.self])
        try await worker.serve {
            service.deliver(try firstTask("SleepWorkflow").polled(token: "first"))
            let second = try await service.call(2, of: .respondWorkflowTaskCompleted)
            #expect(second.taskToken == Data("other".utf8))
            #expect(service.failedTokens.isEmpty)
            try await service.wait("both runs") { await worker.cache.count == 2 && worker.workflowWork.count == 0 }
        }
    }

    @Test("A failure too large to be told is replaced by one that says so")
    func failureTooLarge() async throws {
        let service = ScriptedService()
        service.answer(.respondWorkflowTaskFailed) { request in
            guard request.failure.message.contains("too large") else {
                throw TemporalRPCError.scripted(.resourceExhausted, tooLarge: true)
            }
            return .init()
        }
        try await Worker.scripted(service, workflows: [SleepWorkflow.self]).serve {
            service.deliver(try firstTask("Unknown").polled(token: "task"))
            let failed = try await service.call(2, of: .respondWorkflowTaskFailed)
            #expect(failed.failure.message.contains("too large"))
            // The server ends a run for an answer that is too large.
            #expect(failed.cause == .workflowWorkerUnhandledFailure)
        }
    }

    @Test("Of tasks of one run that wait, the one that began last is kept, whichever came last")
    func lateOlderTask() async throws {
        let service = ScriptedService()
        let gate = AsyncGate()
        service.answer(.respondWorkflowTaskCompleted) { _ in
            await gate.pass()
            return .init()
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        try await worker.serve {
            let first = try firstTask("SleepWorkflow")
            var later = first
            later.taskTimedOut()
            let older = {
                var history = later
                history.taskScheduledAndStarted()
                return history
            }()
            var newest = older
            newest.taskTimedOut()
            newest.taskScheduledAndStarted()
            service.deliver(first.polled(token: "first"))
            try await service.wait("the completion") { gate.entered == 1 }
            service.deliver(newest.polled(token: "newest"))
            try await service.wait("the newest") { worker.workflowWork.count == 2 }
            // The one before comes after it.
            service.deliver(older.polled(token: "older"))
            try await service.wait("the older to give way") {
                worker.workflowWork.count == 2 && service.openPolls(.workflow) == 1
            }
            gate.open()
            try await service.wait("the answers") { worker.workflowWork.count == 0 }
            #expect(service.completedTokens == ["first", "newest"])
        }
    }
}

/// Encodes, and cannot decode.
private struct OneWayCodec: PayloadCodec {
    func encode(_ payloads: [Payload]) -> [Payload] { payloads }
    func decode(_ payloads: [Payload]) throws -> [Payload] { throw ScriptedCodecError() }
}

private struct ScriptedCodecError: Error, CustomStringConvertible {
    var description: String { "not this one" }
}

/// Takes long to decode.
private final class SlowCodec: PayloadCodec {
    let end = Mutex<ContinuousClock.Instant?>(nil)
    private let delay: Duration

    init(delay: Duration) { self.delay = delay }

    func encode(_ payloads: [Payload]) -> [Payload] { payloads }

    func decode(_ payloads: [Payload]) async throws -> [Payload] {
        try await Task.sleep(for: delay)
        end.withLock { $0 = .now }
        return payloads
    }
}
