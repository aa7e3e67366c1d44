import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTestSupport

@testable import Temporal

/// Runs `body` with a client of the development server that all tests share.
func connected(
    converter: DataConverter = .standard, interceptors: [any ClientInterceptor] = [],
    _ body: (TemporalClient) async throws -> Void
) async throws {
    let server = try await TemporalDevServer.shared()
    let connection = try await TemporalConnection.connect(
        .init(target: ChannelTarget(host: server.host, port: server.port)))
    do {
        try await body(TemporalClient(connection, converter: converter, interceptors: interceptors))
    } catch {
        await connection.close()
        throw error
    }
    await connection.close()
}

/// A workflow id and task queue of the test's own, which no worker polls.
func options(requestID: String? = nil) -> StartWorkflowOptions {
    let id = UUID().uuidString
    return StartWorkflowOptions(id: "workflow-\(id)", taskQueue: "queue-\(id)", requestID: requestID)
}

/// Takes a queue's next workflow task, as a worker would, and completes it.
@discardableResult
func completeTask(
    of taskQueue: String, _ client: TemporalClient, with command: (() -> Command)? = nil
) async throws -> PollWorkflowTask {
    let task = try await client.service.call(
        .pollWorkflowTaskQueue,
        .with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.taskQueue.name = taskQueue
            $0.taskQueue.kind = .normal
        }, .workerPoll())
    _ = try await client.service.call(
        .respondWorkflowTaskCompleted,
        .with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.taskToken = task.taskToken
            if let command { $0.commands = [command()] }
        }, .normal)
    return task
}

/// Takes a queue's next activity, as a worker would.
func pollActivity(_ taskQueue: String, _ client: TemporalClient) async throws -> PollActivityTask {
    try await client.service.call(
        .pollActivityTaskQueue,
        .with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.taskQueue.name = taskQueue
            $0.taskQueue.kind = .normal
        }, .workerPoll())
}
