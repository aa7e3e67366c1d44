import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("The name of a worker's code", .timeLimit(.minutes(5)))
struct BuildIDTests {
    @Test("It goes along with polls and answers, where the server expects it", arguments: [true, false])
    func requests(knowsVersions: Bool) async throws {
        let service = ScriptedService(capabilities: .with { $0.buildIDBasedVersioning = knowsVersions })
        var activities = Activities()
        activities.register(FanOutWorkflow.work) { _, _ in NoValue() }
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self], activities: activities) {
            $0.buildID = "blue"
        }
        try await worker.serve {
            service.deliver(try firstTask("SleepWorkflow").polled(token: "task"))
            service.deliver(try firstTask("Unknown").polled(token: "unknown", runID: "other"))
            service.deliver(.activity("1", "work"))
            service.deliver(.activity("2", "unknown"))
            let poll = try await service.call(1, of: .pollWorkflowTaskQueue)
            let completed = try await service.call(1, of: .respondWorkflowTaskCompleted)
            let failed = try await service.call(1, of: .respondWorkflowTaskFailed)
            let activityPoll = try await service.call(1, of: .pollActivityTaskQueue)
            let done = try await service.call(1, of: .respondActivityTaskCompleted)
            let failedActivity = try await service.call(1, of: .respondActivityTaskFailed)
            #expect(poll.binaryChecksum == (knowsVersions ? "" : "blue"))
            #expect(completed.binaryChecksum == poll.binaryChecksum && failed.binaryChecksum == poll.binaryChecksum)
            let versions = [
                poll.workerVersionCapabilities.buildID, activityPoll.workerVersionCapabilities.buildID,
                completed.workerVersionStamp.buildID, failed.workerVersion.buildID, done.workerVersion.buildID,
                failedActivity.workerVersion.buildID,
            ]
            #expect(versions == Array(repeating: knowsVersions ? "blue" : "", count: versions.count))
            #expect(!completed.workerVersionStamp.useVersioning)
            #expect(completed.workerInstanceKey == poll.workerInstanceKey && !poll.workerInstanceKey.isEmpty)
        }
    }

    @Test("A worker whose code has no name says nothing of it")
    func none() async throws {
        let service = ScriptedService(capabilities: .with { $0.buildIDBasedVersioning = true })
        try await Worker.scripted(service, workflows: [SleepWorkflow.self]).serve {
            service.deliver(try firstTask("SleepWorkflow").polled(token: "task"))
            #expect(!(try await service.call(1, of: .pollWorkflowTaskQueue).hasWorkerVersionCapabilities))
            #expect(!(try await service.call(1, of: .respondWorkflowTaskCompleted).hasWorkerVersionStamp))
        }
    }

    @Test("History may have it in any of three places")
    func places() {
        typealias Attributes = Temporal_Api_History_V1_WorkflowTaskCompletedEventAttributes
        #expect(Attributes().recordedBuildID == nil)
        #expect(Attributes.with { $0.workerVersion.buildID = "a" }.recordedBuildID == "a")
        #expect(Attributes.with { $0.workerDeploymentVersion = "shop.1.2" }.recordedBuildID == "1.2")
        let all = Attributes.with {
            $0.workerVersion.buildID = "a"
            $0.deploymentVersion.buildID = "b"
        }
        #expect(all.recordedBuildID == "b")
    }

    @Test("The real server keeps it with every task, and the workflow sees whose code did which")
    func live() async throws {
        let client = try await liveClient()
        let queue = "queue-\(UUID().uuidString)"
        var handle: WorkflowHandle<BuildWorkflow>?
        for build in ["blue", "green"] {
            var configuration = WorkerConfiguration(taskQueue: queue)
            configuration.buildID = build
            let known = handle
            let seen = Mutex<WorkflowHandle<BuildWorkflow>?>(nil)
            try await withLiveWorker(client, configuration, [BuildWorkflow.self]) {
                guard let known else {
                    let started = try await client.startWorkflow(
                        BuildWorkflow.self, options: StartWorkflowOptions(id: queue, taskQueue: queue))
                    _ = try await started.query(BuildWorkflow.builds)
                    return seen.withLock { $0 = started }
                }
                try await known.signal(BuildWorkflow.go)
                #expect(try await known.result() == ["blue", "green"])
                let events = try await client.handle(id: queue).fetchHistory()
                let recorded = events.filter { $0.eventType == .workflowTaskCompleted }
                    .map(\.workflowTaskCompletedEventAttributes.recordedBuildID)
                #expect(recorded == ["blue", "green"])
            }
            handle = seen.withLock { $0 }
        }
    }
}

/// Notes whose code it is, before and after a signal.
private final class BuildWorkflow: Workflow, @unchecked Sendable {
    static let go = SignalType<NoValue>("go")
    static let builds = QueryType<NoValue, [String]>("builds")

    static var handlers: WorkflowHandlers<BuildWorkflow> {
        WorkflowHandlers()
            .signal(go) { workflow, _, _ in workflow.mayGo = true }
            .query(builds) { workflow, _ in workflow.seen }
    }

    private var mayGo = false
    private var seen: [String] = []

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [String] {
        seen.append(context.buildID)
        try await context.wait(until: { self.mayGo })
        seen.append(context.buildID)
        return seen
    }
}
