import Foundation
import ServiceLifecycle
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("The end of a worker", .timeLimit(.minutes(5)))
struct ShutdownTests {
    private static let wait = ActivityType<NoValue, NoValue>("wait")

    private func service(endsPolls: Bool) -> ScriptedService {
        ScriptedService(namespace: .with { $0.workerPollCompleteOnShutdown = endsPolls })
    }

    @Test(
        "Scenario 130: a shutdown in the middle of polls ends, whether or not the server ends them",
        arguments: [true, false])
    func polls(endsPolls: Bool) async throws {
        let service = service(endsPolls: endsPolls)
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        let running = Task { try await worker.run() }
        try await service.wait("the polls") { service.openPolls(.sticky) == 4 && service.openPolls(.workflow) == 1 }
        worker.shutdown()
        try await running.value
        let told = try #require(service.calls(.shutdownWorker).first)
        #expect(told.stickyTaskQueue == worker.stickyQueue && told.taskQueueTypes == [.workflow])
        #expect(service.calls(.pollWorkflowTaskQueue).count == 5)
        #expect(worker.workflowSlots.free == 100)
    }

    @Test("Scenario 130: a task the server matched while it ended the polls is worked on")
    func matchedTask() async throws {
        let service = service(endsPolls: true)
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        let task = try firstTask("SleepWorkflow").polled(token: "matched")
        let running = Task { try await worker.run() }
        try await service.wait("the polls") { service.openPolls(.workflow) == 1 }
        service.answer(.shutdownWorker) { _ in .init() }
        service.deliver(task)
        worker.shutdown()
        try await running.value
        #expect(service.completedTokens == ["matched"])
        #expect(await worker.cache.count == 0)
    }

    @Test("What is under way is finished, and a worker that ends asks for no further task of its runs")
    func finishesWork() async throws {
        let service = service(endsPolls: false)
        let gate = AsyncGate()
        service.answer(.respondWorkflowTaskCompleted) { _ in
            await gate.pass()
            return .init()
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        let running = Task { try await worker.run() }
        service.deliver(try firstTask("SleepWorkflow").polled(token: "first"))
        try await service.wait("the completion") { gate.entered == 1 }
        service.deliver(try firstTask("SleepWorkflow").polled(token: "second", attempt: 2))
        try await service.wait("the second task") { worker.workflowWork.count == 2 }
        worker.shutdown()
        _ = try await service.call(1, of: .shutdownWorker)
        gate.open()
        try await running.value
        #expect(service.completedTokens == ["first", "second"])
        let second = try #require(service.calls(.respondWorkflowTaskCompleted).last)
        #expect(!second.returnNewWorkflowTask && !second.hasStickyAttributes)
    }

    @Test("Cancellation of the task that runs a worker ends it in order, and reaches no activity directly")
    func cancellation() async throws {
        let service = service(endsPolls: false)
        let gate = AsyncGate()
        var activities = Activities()
        activities.register(Self.wait) { _, _ in
            await gate.pass()
            try Task.checkCancellation()
            return NoValue()
        }
        let worker = Worker.scripted(service, activities: activities) { $0.activityGracePeriod = .seconds(60) }
        let running = Task { try await worker.run() }
        service.deliver(.activity("1", "wait"))
        try await service.wait("the activity") { gate.entered == 1 }
        running.cancel()
        _ = try await service.call(1, of: .shutdownWorker)
        gate.open()
        try await running.value
        #expect(service.calls(.respondActivityTaskCompleted).count == 1)
    }

    @Test("A second signal cancels activities at once, and waits for those that ignore it only shortly")
    func secondSignal() async throws {
        let service = service(endsPolls: true)
        let gate = AsyncGate()
        var activities = Activities()
        activities.register(Self.wait) { _, _ in
            await gate.pass()
            return NoValue()
        }
        let worker = Worker.scripted(service, activities: activities) { $0.activityGracePeriod = .seconds(600) }
        let running = Task { try await worker.run() }
        service.deliver(.activity("stubborn", "wait"))
        try await service.wait("the activity") { gate.entered == 1 }
        worker.shutdown()
        worker.shutdown()
        try await running.value
        #expect(worker.activityWork.count == 1)
        gate.open()
        try await service.wait("its end") { worker.activityWork.count == 0 }
    }

    @Test("Two signals in a row, or at the same time, are no error")
    func signalsAtOnce() async throws {
        for _ in 0..<100 {
            let service = service(endsPolls: true)
            let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
            let running = Task { try await worker.run() }
            try await service.wait("the polls") { service.openPolls(.sticky) == 4 && service.openPolls(.workflow) == 1 }
            async let first: Void = worker.shutdown()
            worker.shutdown()
            await first
            try await running.value
        }
    }

    @Test("A service group shuts a worker down")
    func serviceGroup() async throws {
        let service = service(endsPolls: true)
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: worker)], gracefulShutdownSignals: [], logger: silent))
        async let running: Void = group.run()
        try await service.wait("the polls") { service.openPolls(.sticky) == 4 }
        await group.triggerGracefulShutdown()
        // A service that ends counts as a failure to the group only while it was not asked to.
        try await running
        #expect(service.calls(.shutdownWorker).count == 1)
    }

    @Test("An error no poll can get over ends the worker in order, and is thrown")
    func fatalError() async throws {
        let service = FailingPolls(service: service(endsPolls: false))
        let worker = Worker(
            service: service, namespace: "default", identity: "tester",
            configuration: WorkerConfiguration(taskQueue: "test"), workflows: [SleepWorkflow.self],
            activities: .init(), logger: silent)
        let error = await #expect(throws: TemporalRPCError.self) { try await worker.run() }
        #expect(error?.code == .permissionDenied)
        #expect(service.service.calls(.shutdownWorker).count == 1)
        #expect(worker.workflowSlots.free == 100)
    }
}

/// Refuses all polls.
private struct FailingPolls: WorkflowService {
    let service: ScriptedService

    var capabilities: ServerCapabilities { service.capabilities }
    var localWorkers: LocalWorkers? { service.localWorkers }

    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        if case .workerPoll = callClass { throw TemporalRPCError.scripted(.permissionDenied) }
        return try await service.call(method, request, callClass)
    }
}
