import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Local activities on the real server", .timeLimit(.minutes(5)))
struct LiveLocalActivityTests {
    @Test("Scenario 058: one, two in a row and fifty at once leave a marker each, and nothing else")
    func success() async throws {
        try await withServer { client, taskQueue in
            try await serve(client, taskQueue, { number, _ in "\(number)" }) { _ in
                for count in [1, 2] {
                    let handle = try await start(SequentialLocalWorkflow.self, count, client, taskQueue)
                    #expect(try await handle.result() == (1...count).map(String.init))
                    #expect(try await markers(client, handle.id) == Array(1...count))
                }
                let handle = try await start(ParallelLocalWorkflow.self, 50, client, taskQueue)
                let results = try await handle.result()
                #expect(Set(results) == Set((1...50).map(String.init)))
                // The order in which the code saw them is the order of the markers: that is what a replay goes by.
                #expect(try await markers(client, handle.id).map(String.init) == results)
            }
        }
    }

    @Test("Scenario 059: a local activity longer than the task's time-out keeps its task alive, and leaves one marker")
    func heartbeats() async throws {
        try await withServer { client, taskQueue in
            try await serve(
                client, taskQueue,
                { _, recorded in
                    try await eventually { recorded.completions.count { $0.forceCreateNewWorkflowTask } >= 2 }
                    return "long"
                }
            ) { recorded in
                let handle = try await start(SequentialLocalWorkflow.self, 1, client, taskQueue)
                #expect(try await handle.result() == ["long"])
                let types = try await events(client, handle.id).map(\.eventType)
                #expect(types.count { $0 == .markerRecorded } == 1)
                #expect(types.count { $0 == .workflowTaskCompleted } == 3)
                #expect(!types.contains(.workflowTaskTimedOut))
                #expect(recorded.completions.last?.forceCreateNewWorkflowTask == false)
            }
        }
    }

    @Test("Scenario 060: when the worker is gone in the midst of it, another runs it again")
    func takenOver() async throws {
        try await withServer { client, taskQueue in
            let calls = Mutex<[String]>([])
            let handle = try await start(SequentialLocalWorkflow.self, 1, client, taskQueue)
            try await serve(
                client, taskQueue,
                { _, recorded in
                    calls.withLock { $0.append("first") }
                    try await Task.sleep(for: .seconds(600))
                    return "never"
                }
            ) { recorded in
                // Gone between two heartbeats: some of the run is in history, some only in this worker.
                try await eventually { recorded.completions.contains { $0.forceCreateNewWorkflowTask } }
            }
            try await serve(
                client, taskQueue,
                { _, _ in
                    calls.withLock { $0.append("second") }
                    return "again"
                }
            ) { _ in
                let results = try await handle.result()
                #expect(results == ["again"])
            }
            #expect(calls.withLock { $0.first } == "first")
            #expect(calls.withLock { $0.last } == "second")
            #expect(try await markers(client, handle.id) == [1])
        }
    }

    @Test("A run without a cache comes back for what it started, and does not start it again")
    func withoutCache() async throws {
        try await withServer { client, taskQueue in
            let calls = Mutex(0)
            var configuration = WorkerConfiguration(taskQueue: taskQueue)
            configuration.maximumCachedWorkflows = 0
            try await serve(
                client, taskQueue,
                { _, recorded in
                    calls.withLock { $0 += 1 }
                    try await eventually { recorded.completions.count { $0.forceCreateNewWorkflowTask } >= 2 }
                    return "once"
                }, configuration
            ) { _ in
                let handle = try await start(SequentialLocalWorkflow.self, 1, client, taskQueue)
                #expect(try await handle.result() == ["once"])
                // A task that a slow machine did not answer in time begins anew elsewhere, with all that belongs to it.
                let hasLostTask = try await events(client, handle.id).contains { $0.eventType == .workflowTaskTimedOut }
                #expect(hasLostTask || calls.withLock { $0 } == 1)
            }
        }
    }

    @Test("Scenario 065: a query is answered while a local activity runs, and the run goes on")
    func query() async throws {
        try await withServer { client, taskQueue in
            let isAsked = Mutex(false)
            try await serve(
                client, taskQueue,
                { _, _ in
                    try await eventually { isAsked.withLock { $0 } }
                    return "local"
                }
            ) { _ in
                let handle = try await start(LocalAndSignalWorkflow.self, NoValue(), client, taskQueue)
                try await handle.signal(LocalAndSignalWorkflow.note, "hello")
                try await eventually { try await handle.query(LocalAndSignalWorkflow.notes) == ["hello"] }
                isAsked.withLock { $0 = true }
                #expect(try await handle.result() == ["hello", "local"])
            }
        }
    }

    @Test("Scenario 071: a completion tells how many attempts the run made since the last, beyond the first task")
    func metering() async throws {
        try await withServer { client, taskQueue in
            try await serve(
                client, taskQueue,
                { _, recorded in
                    guard recorded.completions.count >= 2 else { throw Bug() }
                    return "at last"
                }
            ) { recorded in
                let handle = try await start(QuicklyRetriedLocalWorkflow.self, NoValue(), client, taskQueue)
                #expect(try await handle.result() == "at last")
                let counts = recorded.completions.map(\.meteringMetadata.nonfirstLocalActivityExecutionAttempts)
                #expect(counts.first == 0)
                #expect(counts.dropFirst().first.map { $0 > 0 } == true)
            }
        }
    }

    // MARK: -

    private func withServer(
        _ body: @escaping @Sendable (TemporalClient, String) async throws -> Void
    ) async throws {
        try await body(liveClient(), "queue-\(UUID().uuidString)")
    }

    /// Serves until `body` returns, and then leaves at once, with whatever is under way.
    private func serve(
        _ client: TemporalClient, _ taskQueue: String,
        _ work: @escaping @Sendable (Int, RecordingService) async throws -> String,
        _ configuration: WorkerConfiguration? = nil,
        _ body: @escaping @Sendable (RecordingService) async throws -> Void
    ) async throws {
        let service = RecordingService(base: client.service)
        var activities = Activities()
        activities.register(Local.work) { number, _ in try await work(number, service) }
        var configuration = configuration ?? WorkerConfiguration(taskQueue: taskQueue)
        configuration.activityGracePeriod = .zero
        let worker = Worker(
            service: service, namespace: client.namespace, identity: client.identity, configuration: configuration,
            workflows: [
                SequentialLocalWorkflow.self, ParallelLocalWorkflow.self, LocalAndSignalWorkflow.self,
                QuicklyRetriedLocalWorkflow.self,
            ], activities: activities, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await worker.serve { try await body(service) }
    }

    private func start<Definition: Workflow>(
        _ type: Definition.Type, _ input: Definition.Input, _ client: TemporalClient, _ taskQueue: String
    ) async throws -> WorkflowHandle<Definition> {
        // Short, so that heartbeats come soon, but with room for a slow machine to send them in time.
        try await client.startWorkflow(
            type, input,
            options: StartWorkflowOptions(
                id: "\(taskQueue)-\(UUID().uuidString)", taskQueue: taskQueue, taskTimeout: .seconds(20)))
    }

    private func events(_ client: TemporalClient, _ workflowID: String) async throws -> [HistoryEvent] {
        try await client.service.call(
            .getWorkflowExecutionHistory,
            .with {
                $0.namespace = client.namespace
                $0.execution.workflowID = workflowID
            }, .normal
        ).history.events
    }

    /// The numbers of the local activities with a marker, in the order of the markers.
    private func markers(_ client: TemporalClient, _ workflowID: String) async throws -> [Int] {
        try await events(client, workflowID).compactMap { try LocalActivityMarker($0)?.sequence }
    }
}

/// Tries a local activity again and again, with hardly a pause.
final class QuicklyRetriedLocalWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.executeLocal(
            Local.work, 1,
            options: LocalActivityOptions(
                startToClose: .seconds(30),
                retryPolicy: RetryPolicy(initialInterval: .milliseconds(20), backoffCoefficient: 1)))
    }
}

/// Hands calls on, and keeps the completions of workflow tasks that were accepted.
final class RecordingService: WorkflowService {
    typealias Completed = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest

    private let base: any WorkflowService
    private let recorded = Mutex<[Completed]>([])

    init(base: any WorkflowService) { self.base = base }

    var completions: [Completed] { recorded.withLock { $0 } }
    var capabilities: ServerCapabilities { base.capabilities }
    var localWorkers: LocalWorkers? { base.localWorkers }

    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        let response = try await base.call(method, request, callClass)
        if let completed = request as? Completed { recorded.withLock { $0.append(completed) } }
        return response
    }
}
