import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI

/// Puts ``ServerState`` in the place of a Temporal server: calls wait here until it answers them.
final class TestServer: WorkflowService {
    static let namespace = "default"
    static let identity = "test"

    private struct Inside {
        var state: ServerState
        var waiting: [UInt64: CheckedContinuation<any Message & Sendable, any Error>] = [:]
        var calls: UInt64 = 0
    }

    let capabilities = ServerCapabilities.with { $0.sdkMetadata = true }
    let localWorkers: LocalWorkers? = nil
    private let inside: Mutex<Inside>
    private let patience: Duration

    init(_ state: ServerState, patience: Duration) {
        inside = Mutex(Inside(state: state))
        self.patience = patience
    }

    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        let message = try await call(method.name) { state, call throws(TemporalRPCError) in
            try state.receive(request, method.name, call)
        }
        guard let response = message as? Response else {
            throw TemporalRPCError(
                operation: method.name, code: .internal,
                message: "the test environment answers with \(type(of: message))")
        }
        return response
    }

    /// Hands something to the server, and waits for its answer.
    func call(
        _ operation: String, _ body: (inout ServerState, UInt64) throws(TemporalRPCError) -> Void
    ) async throws -> any Message & Sendable {
        let call = inside.withLock {
            $0.calls += 1
            return $0.calls
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                change {
                    $0.waiting[call] = continuation
                    do throws(TemporalRPCError) {
                        try body(&$0.state, call)
                    } catch {
                        $0.state.outputs.append(.refuse(call: call, error))
                    }
                }
            }
        } onCancel: {
            let abandoned = inside.withLock { inside in
                inside.state.forget(call)
                return inside.waiting.removeValue(forKey: call)
            }
            abandoned?.resume(throwing: CancellationError())
        }
    }

    /// Looks at the server, or changes how it behaves.
    func withState<Result: Sendable>(_ body: (inout ServerState) -> sending Result) -> Result {
        inside.withLock { body(&$0.state) }
    }

    private func change(_ body: (inout Inside) -> Void) {
        typealias Answer = (
            continuation: CheckedContinuation<any Message & Sendable, any Error>,
            result: Result<any Message & Sendable, any Error>
        )
        let (answers, stuckAt): ([Answer], Int?) = inside.withLock { inside in
            body(&inside)
            inside.state.pump()
            let answers = inside.state.takeOutputs().compactMap { output -> Answer? in
                switch output {
                case .answer(let call, let message):
                    inside.waiting.removeValue(forKey: call).map { ($0, .success(message)) }
                case .refuse(let call, let error):
                    inside.waiting.removeValue(forKey: call).map { ($0, .failure(error)) }
                }
            }
            return (answers, inside.state.isStuck ? inside.state.progress : nil)
        }
        for answer in answers { answer.continuation.resume(with: answer.result) }
        if let stuckAt { watch(stuckAt) }
    }

    /// Ends the wait for a result that cannot come: nothing is left to happen, and for some time nobody did anything about that.
    private func watch(_ progress: Int) {
        Task {
            try await Task.sleep(for: patience)
            change { inside in
                guard inside.state.isStuck, inside.state.progress == progress else { return }
                inside.state.refuseWaiters()
            }
        }
    }
}

extension ServerState {
    /// Takes a call. It is answered now or later.
    mutating func receive(_ request: any Message, _ operation: String, _ call: UInt64) throws(TemporalRPCError) {
        switch request {
        case let request as Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest: poll(request, call)
        case let request as Temporal_Api_Workflowservice_V1_PollActivityTaskQueueRequest: poll(request, call)
        case let request as Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest:
            answer(call, try complete(request))
        case let request as Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedRequest:
            try fail(request)
            answer(call, Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedResponse())
        case let request as Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedRequest:
            try answerQuery(request)
            answer(call, Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedResponse())
        case let request as Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedRequest:
            try report(request.taskToken, .completed(request.result))
            answer(call, Temporal_Api_Workflowservice_V1_RespondActivityTaskCompletedResponse())
        case let request as Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedRequest:
            try report(
                request.taskToken, .failed(request.failure),
                lastDetails: request.hasLastHeartbeatDetails ? request.lastHeartbeatDetails : nil)
            answer(call, Temporal_Api_Workflowservice_V1_RespondActivityTaskFailedResponse())
        case let request as Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledRequest:
            try report(request.taskToken, .canceled(request.details))
            answer(call, Temporal_Api_Workflowservice_V1_RespondActivityTaskCanceledResponse())
        case let request as Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatRequest:
            answer(call, try heartbeat(request))
        case let request as Temporal_Api_Workflowservice_V1_ShutdownWorkerRequest:
            endWorker(request)
            answer(call, Temporal_Api_Workflowservice_V1_ShutdownWorkerResponse())
        case is Temporal_Api_Workflowservice_V1_DescribeNamespaceRequest:
            answer(
                call,
                Temporal_Api_Workflowservice_V1_DescribeNamespaceResponse.with {
                    $0.namespaceInfo.name = TestServer.namespace
                    $0.namespaceInfo.capabilities.workerPollCompleteOnShutdown = true
                })
        default: try receiveFromClient(request, operation, call)
        }
    }

    private mutating func receiveFromClient(
        _ request: any Message, _ operation: String, _ call: UInt64
    ) throws(TemporalRPCError) {
        switch request {
        case let request as Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest:
            answer(call, try start(request))
        case let request as Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionRequest:
            answer(call, try signalWithStart(request))
        case let request as Temporal_Api_Workflowservice_V1_SignalWorkflowExecutionRequest:
            try signal(request)
            answer(call, Temporal_Api_Workflowservice_V1_SignalWorkflowExecutionResponse())
        case let request as Temporal_Api_Workflowservice_V1_RequestCancelWorkflowExecutionRequest:
            try cancel(request)
            answer(call, Temporal_Api_Workflowservice_V1_RequestCancelWorkflowExecutionResponse())
        case let request as Temporal_Api_Workflowservice_V1_TerminateWorkflowExecutionRequest:
            try terminate(request)
            answer(call, Temporal_Api_Workflowservice_V1_TerminateWorkflowExecutionResponse())
        case let request as Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionRequest:
            answer(call, try describe(request))
        case let request as Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionRequest:
            try updateWorkflow(request, call)
        case let request as Temporal_Api_Workflowservice_V1_PollWorkflowExecutionUpdateRequest:
            try pollUpdate(request, call)
        case let request as Temporal_Api_Workflowservice_V1_ExecuteMultiOperationRequest:
            try startAndUpdate(request, call)
        case let request as Temporal_Api_Workflowservice_V1_QueryWorkflowRequest: try query(request, call)
        case let request as Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryRequest:
            try history(request, call)
        default:
            throw TemporalRPCError(
                operation: operation, code: .unimplemented,
                message: "the test environment does not know \(operation)")
        }
    }

    mutating func refuseWaiters() {
        for waiter in closeWaiters.map({ ($0.call, $0.runID) }) + updateWaiters.map({ ($0.call, $0.runID) }) {
            outputs.append(
                .refuse(
                    call: waiter.0,
                    TemporalRPCError(
                        operation: "GetWorkflowExecutionHistory", code: .failedPrecondition,
                        message: "workflow \(runs[waiter.1]?.workflowID ?? "") waits for something that will not "
                            + "come by itself: no timer, activity or task is left")))
        }
        closeWaiters = []
        updateWaiters = []
    }
}
