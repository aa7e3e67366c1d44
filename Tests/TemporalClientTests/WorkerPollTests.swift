import Foundation
import GRPCTestSupport
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import Temporal

@Suite("A worker's polls", .timeLimit(.minutes(5)))
struct WorkerPollTests {
    private func poll(
        limits: TemporalConnection.CallLimits = .quick, _ answer: @escaping ScriptedFrontend.Answer,
        _ body: (ScriptedFrontend, () async throws -> PollWorkflowTask) async throws -> Void
    ) async throws {
        try await ScriptedFrontend.connected(["PollWorkflowTaskQueue": answer], limits: limits) {
            frontend, connection in
            try await body(frontend) { try await connection.call(.pollWorkflowTaskQueue, .init(), .workerPoll()) }
        }
    }

    private static func task(_ token: String) -> ScriptedResponse {
        .reply(PollWorkflowTask.with { $0.taskToken = .init(token.utf8) })
    }

    @Test(
        "a poll goes on after any failure that passes, also after being cancelled on the way",
        arguments: [GRPCStatusCode.unavailable, .cancelled, .deadlineExceeded, .resourceExhausted])
    func passingFailure(code: GRPCStatusCode) async throws {
        try await poll { _, number in
            number <= 20 ? .failure(code, "again") : Self.task("t")
        } _: { frontend, poll in
            let task = try await poll()
            #expect(task.taskToken == Data("t".utf8))
            #expect(frontend.calls("PollWorkflowTaskQueue").count == 21)
        }
    }

    @Test("a poll that lasts until its deadline is an empty answer")
    func timedOut() async throws {
        var limits = TemporalConnection.CallLimits.quick
        limits.longPollTimeout = .milliseconds(200)
        try await poll(limits: limits) { _, _ in
            await .never()
        } _: { frontend, poll in
            let task = try await poll()
            #expect(task.taskToken.isEmpty)
            #expect(frontend.calls("PollWorkflowTaskQueue").count <= 1)
        }
    }

    @Test("a poll outlasts refusals while they are new")
    func grace() async throws {
        try await poll { _, number in
            number <= 3 ? .failure(.permissionDenied, "warming up") : Self.task("t")
        } _: { _, poll in
            let task = try await poll()
            #expect(task.taskToken == Data("t".utf8))
        }
    }

    @Test("a refusal that stays ends the poll with it")
    func afterGrace() async throws {
        var limits = TemporalConnection.CallLimits.quick
        // Longer than a single call takes, on a busy machine too.
        limits.pollRetries.graceForOtherCodes = .seconds(6)
        try await poll(limits: limits) { _, _ in
            .failure(.permissionDenied, "no")
        } _: { frontend, poll in
            let error = await #expect(throws: TemporalRPCError.self) { try await poll() }
            #expect(error?.code == .permissionDenied)
            #expect(frontend.calls("PollWorkflowTaskQueue").count > 1)
        }
    }
}
