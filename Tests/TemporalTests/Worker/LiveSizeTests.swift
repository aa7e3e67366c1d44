import Foundation
import SwiftProtobuf
import Synchronization
import TemporalAPI
import Testing

@testable import Temporal

@Suite("What the real server finds too large", .timeLimit(.minutes(5)))
struct LiveSizeTests {
    @Test("A workflow learns that its activity's result or failure was too large, after one attempt")
    func activities() async throws {
        let attempts = Mutex(0)
        try await serve { input in
            attempts.withLock { $0 += 1 }
            let text = String(repeating: "x", count: input.size)
            if input.fails { throw ApplicationFailure(text, type: "Large") }
            return text
        } _: { client, queue in
            // More than a message may have, and less, but more than the server takes of one thing.
            for (size, fails, expected) in [
                (5_000_000, false, "PayloadTooLarge"), (5_000_000, true, "PayloadTooLarge"),
                (3_000_000, false, "server"),
            ] {
                attempts.withLock { $0 = 0 }
                let options = StartWorkflowOptions(id: "\(queue)-\(size)-\(fails)", taskQueue: queue)
                let input = SizedWorkflow.Input(size: size, fails: fails)
                let handle = try await client.startWorkflow(SizedWorkflow.self, input, options: options)
                #expect(try await handle.result() == "\(expected), not to be tried again")
                #expect(attempts.withLock { $0 } == 1)
            }
        }
    }

    @Test("A workflow task whose answer is too large is not tried for ever: told so, the server ends the run")
    func completion() async throws {
        try await serve { _ in
            ""
        } _: { client, queue in
            let handle = try await client.startWorkflow(
                LargeWorkflow.self, 5_000_000, options: StartWorkflowOptions(id: queue, taskQueue: queue))
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            let events = try await client.handle(id: queue).fetchHistory()
            #expect(events.count { $0.eventType == .workflowTaskFailed } == 1)
            let end = try #require(events.last).workflowExecutionTerminatedEventAttributes
            #expect(end.reason == "GrpcMessageTooLarge")
        }
    }

    private func serve(
        _ work: @escaping @Sendable (SizedWorkflow.Input) async throws -> String,
        _ body: @escaping @Sendable (TemporalClient, String) async throws -> Void
    ) async throws {
        let client = try await liveClient()
        let queue = "queue-\(UUID().uuidString)"
        var activities = Activities()
        activities.register(SizedWorkflow.work) { input, _ in try await work(input) }
        let worker = Worker(
            client: client, configuration: WorkerConfiguration(taskQueue: queue),
            workflows: [SizedWorkflow.self, LargeWorkflow.self], activities: activities, logger: silent)
        try await worker.serve { try await body(client, queue) }
    }
}

/// Says how its activity ended.
private final class SizedWorkflow: Workflow {
    struct Input: Codable, Sendable {
        var size: Int
        var fails: Bool
    }

    static let work = ActivityType<Input, String>("sized")

    private let input: Input

    init(_ input: Input) { self.input = input }

    func run(_ context: WorkflowContext) async throws -> String {
        do {
            _ = try await context.execute(
                Self.work, input, options: ActivityOptions(startToClose: .seconds(60)))
            return "no failure"
        } catch let error as ActivityFailure {
            switch error.cause {
            case let failure as ApplicationFailure:
                return "\(failure.type), \(failure.isNonRetryable ? "not " : "")to be tried again"
            case let failure as ServerFailure:
                return "server, \(failure.isNonRetryable ? "not " : "")to be tried again"
            default: return "\(error)"
            }
        }
    }
}

/// Returns more than a message may have.
private final class LargeWorkflow: Workflow {
    private let size: Int

    init(_ input: Int) { size = input }

    func run(_ context: WorkflowContext) async throws -> String { String(repeating: "x", count: size) }
}
