import Foundation
import Logging
import Temporal
import TemporalTestSupport

/// A connection to the shared development server.
func liveConnection(
    _ configure: (inout TemporalConnection.Configuration) -> Void = { _ in }
) async throws -> TemporalConnection {
    let server = try await TemporalDevServer.shared()
    var configuration = TemporalConnection.Configuration(target: ChannelTarget(host: server.host, port: server.port))
    configure(&configuration)
    return try await .connect(configuration)
}

/// A client of the shared development server.
func liveClient(
    _ configure: (inout TemporalConnection.Configuration) -> Void = { _ in },
    interceptors: [any ClientInterceptor] = []
) async throws -> TemporalClient {
    TemporalClient(try await liveConnection(configure), interceptors: interceptors)
}

/// Runs `body` while a worker serves a task queue.
func withLiveWorker(
    _ client: TemporalClient, _ configuration: WorkerConfiguration, _ workflows: [any Workflow.Type],
    _ activities: Activities = .init(), _ body: () async throws -> Void
) async throws {
    var configuration = configuration
    // The machine may be slow, and none of these workflows blocks.
    configuration.deadlockTimeout = nil
    let worker = Worker(
        client: client, configuration: configuration, workflows: workflows, activities: activities, logger: silent)
    try await worker.serve(body)
}

/// Runs `body` with a client and a task queue of its own, which a worker serves meanwhile.
func withLiveWorker(
    _ workflows: [any Workflow.Type], _ activities: Activities = .init(),
    _ body: (TemporalClient, String) async throws -> Void
) async throws {
    let client = try await liveClient()
    let taskQueue = "queue-\(UUID().uuidString)"
    try await withLiveWorker(client, WorkerConfiguration(taskQueue: taskQueue), workflows, activities) {
        try await body(client, taskQueue)
    }
}
