import Foundation
import Logging
import Temporal
import TemporalTestSupport

/// A client of the shared development server.
func liveClient(
    _ configure: (inout TemporalConnection.Configuration) -> Void = { _ in },
    interceptors: [any ClientInterceptor] = []
) async throws -> TemporalClient {
    let server = try await TemporalDevServer.shared()
    var configuration = TemporalConnection.Configuration(target: ChannelTarget(host: server.host, port: server.port))
    configure(&configuration)
    return TemporalClient(try await TemporalConnection.connect(configuration), interceptors: interceptors)
}

/// Runs `body` while a worker serves `taskQueue`.
func withLiveWorker(
    _ client: TemporalClient, _ configuration: WorkerConfiguration, _ workflows: [any Workflow.Type],
    _ body: @escaping @Sendable () async throws -> Void
) async throws {
    let worker = Worker(
        client: client, configuration: configuration, workflows: workflows,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup { group in
        group.addTask { try await worker.run() }
        group.addTask { try await body() }
        try await group.next()
        group.cancelAll()
        try await group.waitForAll()
    }
}
