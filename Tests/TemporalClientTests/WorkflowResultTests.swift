import Foundation
import GRPCTestSupport
import SwiftProtobuf
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Awaiting a workflow's result", .timeLimit(.minutes(5)))
struct WorkflowResultTests {
    typealias Page = Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryResponse

    private func waiting(
        _ answer: @escaping ScriptedFrontend.Answer,
        _ body: (ScriptedFrontend, WorkflowHandle<Greeting>) async throws -> Void
    ) async throws {
        try await ScriptedFrontend.connected(["GetWorkflowExecutionHistory": answer]) { frontend, connection in
            try await body(
                frontend, TemporalClient(connection).handle(for: Greeting.self, id: "w", runID: "run-1"))
        }
    }

    private static func page(_ configure: (inout HistoryEvent) -> Void) -> ScriptedResponse {
        var event = HistoryEvent()
        configure(&event)
        return .reply(Page.with { $0.history.events = [event] })
    }

    private static func completed(_ result: String, next: String = "") -> ScriptedResponse {
        page {
            $0.workflowExecutionCompletedEventAttributes.result =
                (try? DataConverter.standard.payloads(encoding: result)) ?? .init()
            $0.workflowExecutionCompletedEventAttributes.newExecutionRunID = next
        }
    }

    @Test("empty pages are followed by their token until the close event is there")
    func emptyPages() async throws {
        try await waiting { _, number in
            number < 4
                ? .reply(Page.with { $0.nextPageToken = .init("token-\(number)".utf8) }) : Self.completed("hello")
        } _: { frontend, handle in
            let result = try await handle.result()
            #expect(result == "hello")
            let requests = try frontend.requests(.getWorkflowExecutionHistory)
            #expect(
                requests.map { String(decoding: $0.nextPageToken, as: UTF8.self) } == [
                    "", "token-1", "token-2", "token-3",
                ])
            for request in requests {
                #expect(request.waitNewEvent)
                #expect(request.skipArchival)
                #expect(request.historyEventFilterType == .closeEvent)
                #expect(request.execution.runID == "run-1")
            }
        }
    }

    @Test("polls that end without an answer are repeated", arguments: [GRPCStatusCode.deadlineExceeded, .cancelled])
    func endOfPoll(code: GRPCStatusCode) async throws {
        try await waiting { _, number in
            number == 1 ? .failure(code, "end of poll") : Self.completed("hello")
        } _: { _, handle in
            let result = try await handle.result()
            #expect(result == "hello")
        }
    }

    @Test("runs that follow by continue-as-new, retry and schedule are awaited in turn")
    func followRuns() async throws {
        try await waiting { request, number in
            switch number {
            case 1: Self.page { $0.workflowExecutionContinuedAsNewEventAttributes.newExecutionRunID = "run-2" }
            case 2: Self.page { $0.workflowExecutionFailedEventAttributes.newExecutionRunID = "run-3" }
            case 3: Self.page { $0.workflowExecutionTimedOutEventAttributes.newExecutionRunID = "run-4" }
            case 4: Self.completed("one of many", next: "run-5")
            default: Self.completed("hello")
            }
        } _: { frontend, handle in
            let result = try await handle.result()
            #expect(result == "hello")
            let runs = try frontend.requests(.getWorkflowExecutionHistory).map(\.execution.runID)
            #expect(runs == ["run-1", "run-2", "run-3", "run-4", "run-5"])
        }
    }

    @Test("a run that continued as new has no result of its own")
    func notFollowed() async throws {
        try await waiting { _, _ in
            Self.page { $0.workflowExecutionContinuedAsNewEventAttributes.newExecutionRunID = "run-2" }
        } _: { _, handle in
            let error = await #expect(throws: WorkflowContinuedAsNewError.self) {
                try await handle.result(followRuns: false)
            }
            #expect(error == .init(workflowID: "w", runID: "run-1", newRunID: "run-2"))
        }
    }

    @Test("a workflow that failed throws what its code threw")
    func failed() async throws {
        try await waiting { _, _ in
            Self.page {
                $0.workflowExecutionFailedEventAttributes.failure =
                    FailureConverter().failure(from: ApplicationFailure("no money", type: "Declined"))
            }
        } _: { _, handle in
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect((error?.cause as? ApplicationFailure)?.type == "Declined")
            #expect(error?.description == "workflow \"w\", run run-1, failed: no money")
        }
    }

    @Test("a workflow that was cancelled, or timed out, says so")
    func canceledOrTimedOut() async throws {
        try await waiting { _, number in
            Self.page {
                if number == 1 {
                    $0.workflowExecutionCanceledEventAttributes = .init()
                } else {
                    $0.workflowExecutionTimedOutEventAttributes = .init()
                }
            }
        } _: { _, handle in
            let canceled = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(canceled?.cause is CanceledFailure)
            let timedOut = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(timedOut?.cause is TimeoutFailure)
        }
    }

    @Test("closing the connection ends the wait with an error")
    func closed() async throws {
        try await ScriptedFrontend.connected(["GetWorkflowExecutionHistory": { _, _ in await .never() }]) {
            frontend, connection in
            let handle = TemporalClient(connection).handle(for: Greeting.self, id: "w")
            let result = Task { try await handle.result() }
            try await eventually { frontend.calls("GetWorkflowExecutionHistory").count == 1 }
            await connection.close()
            let deadline = Task {
                try await Task.sleep(for: .seconds(20))
                result.cancel()
            }
            defer { deadline.cancel() }
            let error = await #expect(throws: TemporalRPCError.self) { try await result.value }
            #expect(error?.isConnectionClosed == true)
        }
    }

    @Test("a history is fetched page by page, in order")
    func fetchHistory() async throws {
        try await waiting { _, number in
            .reply(
                Page.with {
                    $0.history.events = [.with { $0.eventID = Int64(number) }]
                    if number < 3 { $0.nextPageToken = .init("more".utf8) }
                })
        } _: { frontend, handle in
            let events = try await handle.fetchHistory()
            #expect(events.map(\.eventID) == [1, 2, 3])
            let requests = try frontend.requests(.getWorkflowExecutionHistory)
            #expect(requests.allSatisfy { !$0.waitNewEvent })
        }
    }
}
