import Foundation
import Logging
import Temporal
import TemporalTestSupport

/// A client of the development server that all tests share.
func makeClient(_ converter: DataConverter = .standard) async throws -> TemporalClient {
    let server = try await TemporalDevServer.shared()
    return TemporalClient(
        try await TemporalConnection.connect(.init(target: ChannelTarget(host: server.host, port: server.port))),
        converter: converter)
}

/// Runs `body` while a worker serves a task queue of the test's own.
func serving(
    _ client: TemporalClient, queue: String, workflows: [any Workflow.Type], activities: Activities = .init(),
    _ body: @escaping @Sendable () async throws -> Void
) async throws {
    let worker = Worker(
        client: client, configuration: WorkerConfiguration(taskQueue: queue), workflows: workflows,
        activities: activities, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup { group in
        group.addTask { try await worker.run() }
        group.addTask { try await body() }
        try await group.next()
        group.cancelAll()
        try await group.waitForAll()
    }
}
