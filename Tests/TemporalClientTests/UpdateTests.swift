import Foundation
import GRPCTestSupport
import SwiftProtobuf
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Sending updates", .timeLimit(.minutes(5)))
struct UpdateTests {
    typealias Update = Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionResponse
    typealias Poll = Temporal_Api_Workflowservice_V1_PollWorkflowExecutionUpdateResponse
    typealias Multi = Temporal_Api_Workflowservice_V1_ExecuteMultiOperationResponse
    typealias MultiFailure = Temporal_Api_Errordetails_V1_MultiOperationExecutionFailure

    private let change = UpdateType<String, String>("change")

    @Test("the same request is repeated until the workflow has a say, and then the outcome is polled for")
    func stages() async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "UpdateWorkflowExecution": { _, number in
                .reply(
                    Update.with {
                        $0.stage = number < 3 ? .admitted : .accepted
                        $0.updateRef.workflowExecution.runID = "run-1"
                    })
            },
            "PollWorkflowExecutionUpdate": { _, number in
                .reply(
                    Poll.with {
                        $0.stage = .accepted
                        if number == 2 { $0.outcome.success = Self.payloads("changed") }
                    })
            },
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            let handle = TemporalClient(connection).handle(for: Greeting.self, id: "w")
            #expect(try await handle.executeUpdate(change, "new") == "changed")
            let requests = try frontend.requests(.updateWorkflowExecution)
            #expect(requests.count == 3)
            #expect(Set(requests.map(\.request.meta.updateID)).count == 1)
            #expect(requests.allSatisfy { $0.waitPolicy.lifecycleStage == .completed })
            #expect(requests.first?.request.meta.identity == "tester")
            #expect(requests.first?.request.input.name == "change")
            let polls = try frontend.requests(.pollWorkflowExecutionUpdate)
            #expect(polls.count == 2)
            #expect(polls.first?.updateRef.workflowExecution.runID == "run-1")
            #expect(polls.first?.updateRef.updateID == requests.first?.request.meta.updateID)
        }
    }

    @Test(
        "a call that the server ends early is made again, as the same request, and the wait goes on",
        arguments: [GRPCStatusCode.deadlineExceeded, .cancelled])
    func endOfPoll(code: GRPCStatusCode) async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "UpdateWorkflowExecution": { _, number in
                guard number > 1 else { return .failure(code, "early") }
                return .reply(
                    Update.with {
                        $0.stage = .accepted
                        $0.updateRef.workflowExecution.runID = "run-1"
                    })
            },
            "PollWorkflowExecutionUpdate": { _, number in
                guard number > 2 else { return .failure(code, "early") }
                return .reply(Poll.with { $0.outcome.success = Self.payloads("changed") })
            },
            "ExecuteMultiOperation": { _, number in
                guard number > 1 else { return .failure(code, "early") }
                return .reply(
                    Multi.with {
                        $0.responses = [
                            .with { $0.startWorkflow.runID = "run-1" },
                            .with {
                                $0.updateWorkflow.stage = .completed
                                $0.updateWorkflow.outcome.success = Self.payloads("changed")
                            },
                        ]
                    })
            },
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            let client = TemporalClient(connection)
            let handle = client.handle(for: Greeting.self, id: "w")
            let update = try await handle.startUpdate(change, "new", waitFor: .accepted)
            let requests = try frontend.requests(.updateWorkflowExecution)
            #expect(requests.count == 2)
            #expect(requests.first == requests.last)
            #expect(try await update.result() == "changed")
            #expect(frontend.calls("PollWorkflowExecutionUpdate").count == 3)
            let result = try await client.executeUpdateWithStart(
                Greeting.self, "hello", update: change, "new", options: .init(id: "w", taskQueue: "q"))
            #expect(result == "changed")
            let operations = try frontend.requests(.executeMultiOperation)
            #expect(operations.count == 2)
            #expect(operations.first == operations.last)
        }
    }

    @Test("the caller's limit and cancellation end the wait with an error of its own, however the server ends calls")
    func interrupted() async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "UpdateWorkflowExecution": { _, _ in .failure(.deadlineExceeded, "early") },
            "PollWorkflowExecutionUpdate": { _, _ in .failure(.cancelled, "early") },
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            let handle = TemporalClient(connection).handle(for: Greeting.self, id: "w")
            let sending = await #expect(throws: WorkflowUpdateInterruptedError.self) {
                try await handle.startUpdate(
                    change, "new", waitFor: .accepted, id: "u", timeout: .milliseconds(100))
            }
            #expect(sending?.updateID == "u")
            #expect(sending?.cause == nil)
            let waiting = Task { try await handle.updateHandle(for: change, id: "u").result() }
            try await eventually { frontend.calls("PollWorkflowExecutionUpdate").count > 1 }
            waiting.cancel()
            await #expect(throws: WorkflowUpdateInterruptedError.self) { try await waiting.value }
        }
    }

    @Test("of two operations sent together, the one that failed by itself is the error", arguments: [true, false])
    func multiOperation(startFails: Bool) async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "ExecuteMultiOperation": { _, _ in
                let aborted = MultiFailure.OperationStatus.with {
                    $0.code = Int32(GRPCStatusCode.aborted.rawValue)
                    $0.details = [
                        .with {
                            $0.typeURL = "type.googleapis.com/temporal.api.failure.v1.MultiOperationExecutionAborted"
                        }
                    ]
                }
                let taken = Temporal_Api_Errordetails_V1_WorkflowExecutionAlreadyStartedFailure.with {
                    $0.runID = "run-1"
                }
                let failed = MultiFailure.OperationStatus.with {
                    $0.code = Int32((startFails ? GRPCStatusCode.alreadyExists : .notFound).rawValue)
                    $0.message = "failed by itself"
                    if startFails, let detail = try? Google_Protobuf_Any(message: taken) { $0.details = [detail] }
                }
                return .failure(
                    startFails ? .alreadyExists : .notFound, "Update-with-Start could not be executed.",
                    detail: MultiFailure.with { $0.statuses = startFails ? [failed, aborted] : [aborted, failed] })
            }
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            let client = TemporalClient(connection)
            func update() async throws {
                _ = try await client.executeUpdateWithStart(
                    Greeting.self, "hello", update: change, "new", options: .init(id: "w", taskQueue: "q"))
            }
            if startFails {
                let error = await #expect(throws: WorkflowAlreadyStartedError.self) { try await update() }
                #expect(error?.runID == "run-1")
            } else {
                let error = await #expect(throws: WorkflowNotFoundError.self) { try await update() }
                #expect(error?.message == "failed by itself")
            }
            let request = try #require(try frontend.requests(.executeMultiOperation).first)
            #expect(request.operations.count == 2)
            #expect(request.operations.first?.startWorkflow.workflowIDConflictPolicy == .useExisting)
            #expect(request.operations.last?.updateWorkflow.workflowExecution.workflowID == "w")
            #expect(request.operations.last?.updateWorkflow.workflowExecution.runID.isEmpty == true)
        }
    }

    @Test("an update with start is repeated, as it was, until the workflow has a say")
    func multiOperationStages() async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "ExecuteMultiOperation": { _, number in
                .reply(
                    Multi.with {
                        $0.responses = [
                            .with { $0.startWorkflow.runID = "run-1" },
                            .with {
                                $0.updateWorkflow.stage = number == 1 ? .admitted : .completed
                                $0.updateWorkflow.updateRef.workflowExecution.runID = "run-1"
                                if number == 2 { $0.updateWorkflow.outcome.success = Self.payloads("changed") }
                            },
                        ]
                    })
            }
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            let (update, workflow) = try await TemporalClient(connection).startUpdateWithStart(
                Greeting.self, "hello", update: change, "new", waitFor: .accepted,
                options: .init(id: "w", taskQueue: "q"))
            #expect(try await update.result() == "changed")
            #expect(workflow.startedRunID == "run-1")
            let requests = try frontend.requests(.executeMultiOperation)
            #expect(requests.count == 2)
            #expect(requests.first == requests.last)
        }
    }

    private static func payloads(_ value: String) -> Payloads {
        (try? DataConverter.standard.payloads(encoding: value)) ?? .init()
    }
}
