import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTestSupport
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Activities on the real server", .timeLimit(.minutes(5)))
struct LiveActivityTests {
    private static let work = OneActivityWorkflow.work

    /// Runs a workflow of one activity, beside `body`, and hands back its result.
    private func run(
        heartbeat: Duration? = nil, activity: @escaping @Sendable (ActivityContext) async throws -> String,
        _ body: @escaping @Sendable (TemporalConnection, UntypedWorkflowHandle) async throws -> Void = { _, _ in }
    ) async throws -> String {
        let server = try await TemporalDevServer.shared()
        let connection = try await TemporalConnection.connect(
            .init(target: ChannelTarget(host: server.host, port: server.port)))
        let client = TemporalClient(connection)
        let queue = "queue-\(UUID().uuidString)"
        var activities = Activities()
        activities.register(Self.work) { _, context in try await activity(context) }
        let worker = Worker(
            client: client, configuration: WorkerConfiguration(taskQueue: queue),
            workflows: [OneActivityWorkflow.self], activities: activities, logger: silent)
        let result = Mutex("")
        try await worker.serve {
            var options = StartWorkflowOptions(id: queue, taskQueue: queue)
            options.requestsEagerStart = true
            let handle = try await client.startWorkflow(OneActivityWorkflow.self, options: options)
            try await body(connection, client.handle(id: queue))
            let value = try await handle.result()
            result.withLock { $0 = value }
        }
        return result.withLock { $0 }
    }

    @Test("Scenario 122: another attempt knows what the last one reported, even right before it failed")
    func heartbeatDetails() async throws {
        let result = try await run(activity: { context in
            if context.attempt == 1 {
                try await context.heartbeat("one")
                try await context.heartbeat("two")
                throw Bug()
            }
            let details = try #require(context.lastHeartbeatDetails.first)
            return try DataConverter.standard.decode(String.self, from: details)
        })
        #expect(result == "two")
    }

    @Test(
        "Scenario 123: an activity that goes on elsewhere is completed by its token, or by its id",
        arguments: [true, false])
    func completedElsewhere(byToken: Bool) async throws {
        let (tokens, token) = AsyncStream.makeStream(of: Data.self)
        let activity: @Sendable (ActivityContext) async throws -> String = { context in
            token.yield(context.taskToken)
            throw CompleteAsync()
        }
        let result = try await run(activity: activity) { connection, handle in
            var iterator = tokens.makeAsyncIterator()
            let token = try #require(await iterator.next())
            let payloads = try DataConverter.standard.payloads(encoding: "elsewhere")
            if byToken {
                _ = try await connection.call(
                    .respondActivityTaskCompleted,
                    .with {
                        $0.namespace = connection.namespace
                        $0.taskToken = token
                        $0.result = payloads
                    }, .normal)
            } else {
                let method = RPCMethod<
                    Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedByIdRequest,
                    Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedByIdResponse
                >("RespondActivityTaskCompletedById")
                _ = try await connection.call(
                    method,
                    .with {
                        $0.namespace = connection.namespace
                        $0.workflowID = handle.id
                        $0.activityID = "1"
                        $0.result = payloads
                    }, .normal)
            }
        }
        #expect(result == "elsewhere")
    }

    @Test("A workflow and its activity go through a worker that polls for neither")
    func eager() async throws {
        let server = try await TemporalDevServer.shared()
        let connection = try await TemporalConnection.connect(
            .init(target: ChannelTarget(host: server.host, port: server.port)))
        let polls = PollCounter(service: connection)
        let client = TemporalClient(service: polls, namespace: connection.namespace, identity: connection.identity)
        let queue = "queue-\(UUID().uuidString)"
        var activities = Activities()
        activities.register(Self.work) { _, _ in "eager" }
        let worker = Worker(
            client: client, configuration: WorkerConfiguration(taskQueue: queue),
            workflows: [OneActivityWorkflow.self], activities: activities, logger: silent)
        try await worker.serve {
            try await eventually { polls.started >= 10 }
            var options = StartWorkflowOptions(id: queue, taskQueue: queue)
            options.requestsEagerStart = true
            let handle = try await client.startWorkflow(OneActivityWorkflow.self, options: options)
            #expect(try await handle.result() == "eager")
            // The task after the activity comes by a sticky poll; nothing else does.
            #expect(polls.tasks == ["sticky"])
        }
    }
}

final class OneActivityWorkflow: Workflow {
    static let work = ActivityType<NoValue, String>("work")

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Self.work, NoValue(),
            options: ActivityOptions(
                startToClose: .seconds(30), heartbeat: .seconds(20),
                retryPolicy: RetryPolicy(initialInterval: .milliseconds(10))))
    }
}

/// Notes which polls bring tasks.
private final class PollCounter: WorkflowService {
    private struct State {
        var started = 0
        var tasks: [String] = []
    }

    private let service: TemporalConnection
    private let state = Mutex(State())

    init(service: TemporalConnection) { self.service = service }

    var capabilities: ServerCapabilities { service.capabilities }
    var localWorkers: LocalWorkers? { service.localWorkers }
    var started: Int { state.withLock { $0.started } }
    var tasks: [String] { state.withLock { $0.tasks } }

    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        if case .workerPoll = callClass { state.withLock { $0.started += 1 } }
        let response = try await service.call(method, request, callClass)
        if let task = response as? PollWorkflowTask, !task.taskToken.isEmpty {
            let isSticky =
                (request as? Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest)?.taskQueue.kind == .sticky
            state.withLock { $0.tasks.append(isSticky ? "sticky" : "workflow") }
        }
        if let task = response as? PollActivityTask, !task.taskToken.isEmpty {
            state.withLock { $0.tasks.append("activity") }
        }
        return response
    }
}
