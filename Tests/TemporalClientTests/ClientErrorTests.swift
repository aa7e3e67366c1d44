import GRPCTestSupport
import SwiftProtobuf
import TemporalAPI
import Testing

@testable import Temporal

@Suite("What the server refuses", .timeLimit(.minutes(5)))
struct ClientErrorTests {
    private func client(
        _ method: String, _ response: ScriptedResponse, _ body: (TemporalClient) async throws -> Void
    ) async throws {
        try await ScriptedFrontend.connected([method: { _, _ in response }]) { _, connection in
            try await body(TemporalClient(connection))
        }
    }

    @Test("a start of an id that is taken names the run that has it")
    func alreadyStarted() async throws {
        let detail = Temporal_Api_Errordetails_V1_WorkflowExecutionAlreadyStartedFailure.with {
            $0.runID = "run-1"
            $0.startRequestID = "event-1"
        }
        try await client("StartWorkflowExecution", .failure(.alreadyExists, "taken", detail: detail)) { client in
            let error = await #expect(throws: WorkflowAlreadyStartedError.self) {
                try await client.startWorkflow(Greeting.self, "x", options: .init(id: "w", taskQueue: "q"))
            }
            #expect(error == .init(workflowID: "w", runID: "run-1", startRequestID: "event-1"))
        }
    }

    @Test("a namespace that is not there is named, with what to do")
    func namespaceNotFound() async throws {
        let detail = Temporal_Api_Errordetails_V1_NamespaceNotFoundFailure.with { $0.namespace = "payments" }
        try await client("DescribeWorkflowExecution", .failure(.notFound, "nope", detail: detail)) { client in
            let error = await #expect(throws: TemporalRPCError.self) { try await client.handle(id: "w").describe() }
            #expect(error?.description.contains("the namespace \"payments\" does not exist; create it") == true)
        }
    }

    @Test("a workflow that is not there is named")
    func workflowNotFound() async throws {
        let detail = Temporal_Api_Errordetails_V1_NotFoundFailure()
        try await client("SignalWorkflowExecution", .failure(.notFound, "no such run", detail: detail)) { client in
            let handle = client.handle(for: Greeting.self, id: "w", runID: "r")
            let error = await #expect(throws: WorkflowNotFoundError.self) {
                try await handle.signal(Greeting.changed, "a")
            }
            #expect(error == .init(workflowID: "w", runID: "r", message: "no such run"))
        }
    }

    @Test("a query's failure is what the handler threw")
    func queryFailed() async throws {
        let detail = Temporal_Api_Errordetails_V1_QueryFailedFailure.with {
            $0.failure = FailureConverter().failure(from: ApplicationFailure("not yet", type: "TooEarly"))
        }
        try await client("QueryWorkflow", .failure(.invalidArgument, "not yet", detail: detail)) { client in
            let error = await #expect(throws: WorkflowQueryError.self) {
                try await client.handle(for: Greeting.self, id: "w").query(Greeting.state)
            }
            guard case .failed(let cause as ApplicationFailure) = error?.reason else {
                Issue.record("not the handler's failure: \(String(describing: error))")
                return
            }
            #expect(cause.type == "TooEarly")
            #expect(cause.message == "not yet")
        }
    }

    @Test("a query that is rejected tells the workflow's status")
    func queryRejected() async throws {
        let response = Temporal_Api_Workflowservice_V1_QueryWorkflowResponse.with {
            $0.queryRejected.status = .terminated
        }
        try await client("QueryWorkflow", .reply(response)) { client in
            let error = await #expect(throws: WorkflowQueryError.self) {
                try await client.handle(for: Greeting.self, id: "w").query(Greeting.state, rejectCondition: .notOpen)
            }
            guard case .rejected(.terminated) = error?.reason else {
                Issue.record("not a rejection: \(String(describing: error))")
                return
            }
        }
    }

    @Test(
        "a query no worker answers says so",
        arguments: [GRPCStatusCode.failedPrecondition, .deadlineExceeded])
    func queryUnanswered(code: GRPCStatusCode) async throws {
        try await client("QueryWorkflow", .failure(code, "no poller seen")) { client in
            let error = await #expect(throws: WorkflowQueryError.self) {
                try await client.handle(for: Greeting.self, id: "w").query(Greeting.state)
            }
            guard case .unanswered = error?.reason else {
                Issue.record("not unanswered: \(String(describing: error))")
                return
            }
            #expect(error?.description.contains("is a worker running?") == true)
        }
    }

    @Test("a query's answer is decoded")
    func queryAnswered() async throws {
        let response = try Temporal_Api_Workflowservice_V1_QueryWorkflowResponse.with {
            $0.queryResult = try DataConverter.standard.payloads(encoding: "pending")
        }
        try await client("QueryWorkflow", .reply(response)) { client in
            let answer = try await client.handle(for: Greeting.self, id: "w").query(Greeting.state)
            #expect(answer == "pending")
        }
    }

    @Test("the reason of a refused permission is told")
    func permissionDenied() async throws {
        let detail = Temporal_Api_Errordetails_V1_PermissionDeniedFailure.with { $0.reason = "no write access" }
        try await client("TerminateWorkflowExecution", .failure(.permissionDenied, "denied", detail: detail)) {
            client in
            let error = await #expect(throws: TemporalRPCError.self) {
                try await client.handle(id: "w").terminate(reason: "x")
            }
            #expect(error?.description.contains("denied (no write access)") == true)
        }
    }

    @Test("details that are damaged or unknown never hide the error")
    func damagedDetails() async throws {
        let unknown = ScriptedResponse.failure(.alreadyExists, "taken", detail: Google_Protobuf_Empty())
        for response in [unknown, .failure(.alreadyExists, "taken", details: [255, 255, 255])] {
            try await client("StartWorkflowExecution", response) { client in
                let error = await #expect(throws: TemporalRPCError.self) {
                    try await client.startWorkflow(Greeting.self, "x", options: .init(id: "w", taskQueue: "q"))
                }
                #expect(error?.code == .alreadyExists)
                #expect(error?.message == "taken")
            }
        }
    }
}
