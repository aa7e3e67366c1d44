import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Eager dispatch", .timeLimit(.minutes(5)))
struct EagerTests {
    private static var activities: Activities {
        var activities = Activities()
        activities.register(FanOutWorkflow.work) { _, _ in NoValue() }
        return activities
    }

    private func flags(_ service: ScriptedService) async throws -> [Bool] {
        try await service.call(1, of: .respondWorkflowTaskCompleted).commands.map {
            $0.scheduleActivityTaskCommandAttributes.requestEagerExecution
        }
    }

    @Test("Scenario 056: as many activities as there is room for, but three at most, are asked to come with the answer")
    func slots() async throws {
        for (room, expected) in [(100, [true, true, true, false, false]), (2, [true, true, false, false, false])] {
            let service = ScriptedService()
            let worker = Worker.scripted(service, workflows: [FanOutWorkflow.self], activities: Self.activities) {
                $0.maximumConcurrentActivities = room
                $0.activityPollers = .fixed(room == 2 ? 1 : 5)
            }
            // With polls under way their permits are taken already.
            if room == 2 { #expect(worker.activitySlots.reserve()) }
            try await worker.serve {
                if room == 2 { try await service.wait("the poll") { worker.activitySlots.free == 0 } }
                service.deliver(try firstTask("FanOutWorkflow", input: "").polled(token: "task"))
                #expect(try await flags(service) == (room == 2 ? Array(repeating: false, count: 5) : expected))
            }
        }
    }

    @Test(
        "Scenario 056: no activity comes with the answer when it is for elsewhere, or was not to",
        arguments: ["other", "off"])
    func notWanted(input: String) async throws {
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [FanOutWorkflow.self], activities: Self.activities)
        try await worker.serve {
            service.deliver(try firstTask("FanOutWorkflow", input: input).polled(token: "task"))
            #expect(try await flags(service).contains(true) == false)
        }
    }

    @Test("Scenario 056: a worker without activities, with a limited queue, or told not to, asks for none")
    func notPossible() async throws {
        for index in 0..<3 {
            let service = ScriptedService()
            let worker = Worker.scripted(
                service, workflows: [FanOutWorkflow.self], activities: index == 0 ? .init() : Self.activities
            ) {
                if index == 1 { $0.maximumTaskQueueActivitiesPerSecond = 100 }
                if index == 2 { $0.allowsEagerActivities = false }
            }
            try await worker.serve {
                service.deliver(try firstTask("FanOutWorkflow", input: "").polled(token: "task"))
                #expect(try await flags(service).contains(true) == false)
            }
            #expect(worker.activitySlots.free == 100)
        }
    }

    @Test("Scenario 057: fewer activities than asked for give the other permits back", arguments: [0, 1, 3, 4])
    func returned(count: Int) async throws {
        let service = ScriptedService()
        service.answer(.respondWorkflowTaskCompleted) { _ in
            .with { $0.activityTasks = (0..<count).map { .activity("eager \($0)", "work") } }
        }
        let worker = Worker.scripted(service, workflows: [FanOutWorkflow.self], activities: Self.activities)
        try await worker.serve {
            try await service.wait("the polls") { service.openPolls(.activity) == 5 }
            service.deliver(try firstTask("FanOutWorkflow", input: "").polled(token: "task"))
            // One that nobody asked for finds no room; the server gives it to another when it times out.
            let expected = min(count, 3)
            try await service.wait("the activities") {
                service.calls(.respondActivityTaskCompleted).count == expected && worker.activitySlots.free == 95
                    && worker.workflowWork.count == 0
            }
        }
        #expect(worker.activitySlots.free == 100)
    }

    @Test("Scenario 057: a completion that fails gives all permits back")
    func failedCompletion() async throws {
        let service = ScriptedService()
        service.answer(.respondWorkflowTaskCompleted) { _ in throw TemporalRPCError.scripted(.notFound) }
        let worker = Worker.scripted(service, workflows: [FanOutWorkflow.self], activities: Self.activities)
        try await worker.serve {
            service.deliver(try firstTask("FanOutWorkflow", input: "").polled(token: "task"))
            _ = try await service.call(1, of: .respondWorkflowTaskCompleted)
        }
        #expect(worker.activitySlots.free == 100)
    }

    @Test("A workflow started beside a worker with room begins with the answer to its start")
    func eagerStart() async throws {
        let service = ScriptedService(capabilities: .with { $0.eagerWorkflowStart = true })
        let task = try firstTask("SleepWorkflow").polled(token: "eager")
        service.answer(.startWorkflowExecution) { request in
            .with {
                $0.runID = "run"
                if request.requestEagerExecution { $0.eagerWorkflowTask = task }
            }
        }
        let client = TemporalClient(service: service, namespace: "default", identity: "tester")
        func start(_ queue: String, delay: Duration? = nil) async throws -> Bool {
            var options = StartWorkflowOptions(id: "workflow", taskQueue: queue, startDelay: delay)
            options.requestsEagerStart = true
            _ = try await client.startWorkflow(SleepWorkflow.self, options: options)
            return service.calls(.startWorkflowExecution).last?.requestEagerExecution == true
        }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self])
        #expect(try await start("test") == false)
        try await worker.serve {
            try await service.wait("the polls") { service.openPolls(.sticky) == 4 }
            #expect(try await start("test"))
            _ = try await service.call(1, of: .respondWorkflowTaskCompleted)
            #expect(service.completedTokens == ["eager"])
            #expect(try await start("other queue") == false)
            #expect(try await start("test", delay: .seconds(1)) == false)

            // An answer without a task, and an error, give the permit back.
            service.answer(.startWorkflowExecution) { _ in .with { $0.runID = "run" } }
            #expect(try await start("test"))
            service.answer(.startWorkflowExecution) { _ in throw TemporalRPCError.scripted(.unavailable) }
            await #expect(throws: TemporalRPCError.self) { try await start("test") }
            try await service.wait("the permits") { worker.workflowSlots.free == 95 }
        }
        service.answer(.startWorkflowExecution) { _ in .with { $0.runID = "run" } }
        #expect(try await start("test") == false)
    }
}

/// Asks for five activities at once.
final class FanOutWorkflow: Workflow {
    static let work = ActivityType<NoValue, NoValue>("work")
    private let kind: String

    init(_ input: String) { kind = input }

    func run(_ context: WorkflowContext) async throws -> NoValue {
        var options = ActivityOptions(startToClose: .seconds(10))
        if kind == "other" { options.taskQueue = "elsewhere" }
        if kind == "off" { options.allowsEagerExecution = false }
        try await withThrowingTaskGroup { [options] group in
            for _ in 0..<5 {
                group.addTask { _ = try await context.execute(Self.work, NoValue(), options: options) }
            }
            try await group.waitForAll()
        }
        return NoValue()
    }
}
