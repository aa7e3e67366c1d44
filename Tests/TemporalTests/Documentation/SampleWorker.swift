import Logging
import Temporal
import TemporalTestSupport
import Testing

/// Runs `body` while a worker of `client` serves `taskQueue`.
func withSampleWorker(
    _ client: TemporalClient, _ taskQueue: String, _ workflows: [any Workflow.Type], _ activities: Activities = .init(),
    _ body: () async throws -> Void
) async throws {
    let worker = Worker(
        client: client, configuration: WorkerConfiguration(taskQueue: taskQueue), workflows: workflows,
        activities: activities, logger: Logger(label: "sample") { _ in SwiftLogNoOpLogHandler() })
    let serving = Task { try await worker.run() }
    defer { worker.shutdown() }
    try await body()
    worker.shutdown()
    try await serving.value
}

/// A connection to the shared development server.
func liveConnection() async throws -> TemporalConnection {
    let server = try await TemporalDevServer.shared()
    return try await .connect(.init(target: ChannelTarget(host: server.host, port: server.port)))
}
