import GRPCTestSupport
import SwiftProtobuf
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Calls that fail and are repeated", .timeLimit(.minutes(5)))
struct RetryTests {
    private static let passing: [GRPCStatusCode] = [
        .dataLoss, .internal, .unknown, .resourceExhausted, .aborted, .outOfRange, .unavailable,
    ]

    private static let final: [GRPCStatusCode] = [
        .cancelled, .deadlineExceeded, .invalidArgument, .notFound, .permissionDenied, .failedPrecondition,
        .unauthenticated, .unimplemented,
    ]

    @Test("a start is repeated after a passing failure, every time with the same request id", arguments: passing)
    func passingFailure(code: GRPCStatusCode) async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "StartWorkflowExecution": { _, number in
                number < 3 ? .failure(code, "again") : .reply(.startedRun("run-1"))
            }
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            let handle = try await TemporalClient(connection).startWorkflow(
                Greeting.self, "x", options: .init(id: "w", taskQueue: "q"))
            #expect(handle.startedRunID == "run-1")
            let requests = try frontend.requests(.startWorkflowExecution)
            #expect(requests.count == 3)
            #expect(Set(requests.map(\.requestID)).count == 1)
            #expect(requests.first?.requestID.isEmpty == false)
        }
    }

    @Test("the caller's request id is the one that goes out")
    func ownRequestID() async throws {
        try await ScriptedFrontend.connected(["StartWorkflowExecution": { _, _ in .reply(.startedRun("r")) }]) {
            frontend, connection in
            let client = TemporalClient(connection)
            _ = try await client.startWorkflow(
                typeName: "T", input: .init(), options: .init(id: "w", taskQueue: "q", requestID: "event-7"))
            #expect(try frontend.requests(.startWorkflowExecution).map(\.requestID) == ["event-7"])
        }
    }

    @Test("a signal is repeated with one request id, and two signals have two")
    func signalRequestID() async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "SignalWorkflowExecution": { _, number in number == 1 ? .failure(.unavailable, "again") : .reply([]) }
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            let handle = TemporalClient(connection).handle(for: Greeting.self, id: "w")
            try await handle.signal(Greeting.changed, "a")
            try await handle.signal(Greeting.changed, "b")
            let ids = try frontend.requests(.signalWorkflowExecution).map(\.requestID)
            #expect(ids.count == 3)
            #expect(ids[0] == ids[1])
            #expect(ids[1] != ids[2])
        }
    }

    @Test("a final failure is thrown at once", arguments: final)
    func finalFailure(code: GRPCStatusCode) async throws {
        try await ScriptedFrontend.connected(["DescribeNamespace": { _, _ in .failure(code, "no") }]) {
            frontend, connection in
            let error = await #expect(throws: TemporalRPCError.self) {
                try await connection.call(.describeNamespace, .init(), .normal)
            }
            #expect(error?.code == code)
            #expect(error?.operation == "DescribeNamespace")
            #expect(frontend.calls("DescribeNamespace").count == 1)
        }
    }

    @Test("a failure that stays is thrown after ten attempts")
    func tenAttempts() async throws {
        var limits = TemporalConnection.CallLimits.quick
        limits.callRetries.maximumElapsed = nil
        let answers: [String: ScriptedFrontend.Answer] = ["DescribeNamespace": { _, _ in .failure(.unavailable, "no") }]
        try await ScriptedFrontend.connected(answers, limits: limits) { frontend, connection in
            await #expect(throws: TemporalRPCError.self) {
                try await connection.call(.describeNamespace, .init(), .normal)
            }
            #expect(frontend.calls("DescribeNamespace").count == 10)
        }
    }

    @Test("a message that is too large is not sent again, and the error says so")
    func tooLarge() async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "DescribeNamespace": { _, _ in
                .failure(.resourceExhausted, "grpc: received message larger than max (5 vs. 4)")
            }
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            let error = await #expect(throws: TemporalRPCError.self) {
                try await connection.call(.describeNamespace, .init(), .normal)
            }
            #expect(error?.isMessageTooLarge == true)
            #expect(frontend.calls("DescribeNamespace").count == 1)
        }
    }

    @Test("a call of the class `once` is not repeated")
    func once() async throws {
        try await ScriptedFrontend.connected(["ShutdownWorker": { _, _ in .failure(.unavailable, "no") }]) {
            frontend, connection in
            await #expect(throws: TemporalRPCError.self) {
                try await connection.call(.shutdownWorker, .init(), .once(timeout: .seconds(5)))
            }
            #expect(frontend.calls("ShutdownWorker").count == 1)
        }
    }

    @Test("calls carry a deadline of 30 s, polls one of 70 s")
    func deadlines() async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "DescribeNamespace": { _, _ in .reply([]) }, "GetWorkflowExecutionHistory": { _, _ in .reply([]) },
            "PollWorkflowTaskQueue": { _, _ in .reply([]) },
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            _ = try await connection.call(.describeNamespace, .init(), .normal)
            _ = try await connection.call(.getWorkflowExecutionHistory, .init(), .longPoll)
            _ = try await connection.call(.pollWorkflowTaskQueue, .init(), .workerPoll())
            for (method, seconds) in [
                "DescribeNamespace": 30, "GetWorkflowExecutionHistory": 70, "PollWorkflowTaskQueue": 70,
            ] {
                let left = try #require(frontend.calls(method).first?.timeRemaining)
                #expect(left <= .seconds(seconds + 1))
                #expect(left > .seconds(seconds - 10))
            }
        }
    }

    @Test("cancelling the task ends the wait for the next attempt")
    func cancelled() async throws {
        var limits = TemporalConnection.CallLimits()
        limits.callRetries.backoff.initialDelay = .seconds(60)
        limits.callRetries.backoff.maximumDelay = .seconds(60)
        try await ScriptedFrontend.connected(
            ["DescribeNamespace": { _, _ in .failure(.unavailable, "no") }], limits: limits
        ) { frontend, connection in
            let call = Task { try await connection.call(.describeNamespace, .init(), .normal) }
            try await eventually { frontend.calls("DescribeNamespace").count == 1 }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
    }

    @Test("cancelling the task ends a call that is waiting for its answer")
    func cancelledCall() async throws {
        try await ScriptedFrontend.connected(["DescribeNamespace": { _, _ in await .never() }]) {
            frontend, connection in
            let call = Task { try await connection.call(.describeNamespace, .init(), .normal) }
            try await eventually { frontend.calls("DescribeNamespace").count == 1 }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
    }
}

extension Message where Self == Temporal_Api_Workflowservice_V1_StartWorkflowExecutionResponse {
    static func startedRun(_ id: String) -> Self {
        .with {
            $0.runID = id
            $0.firstExecutionRunID = id
            $0.started = true
        }
    }
}
