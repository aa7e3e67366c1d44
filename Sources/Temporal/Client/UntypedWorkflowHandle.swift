import Foundation
import SwiftProtobuf
public import TemporalAPI

/// One workflow, known by its id, whose input and output types are not known here.
public struct UntypedWorkflowHandle: Sendable {
    let client: TemporalClient
    /// The workflow's id.
    public let id: String
    /// The run that calls go to; nil is the one that is current at each call.
    public let runID: String?
    /// The run the start answered with, or the one the handle was made for; results are awaited from here on.
    public let startedRunID: String?
    /// The first run of the chain, to which cancelling and terminating are bound; nil if the handle did not come from a
    /// start.
    let firstRunID: String?

    /// Sends a signal, with input that is encoded already. The server has stored it when this returns.
    /// - Parameter requestID: Signals with the same one are applied to a run once; a new UUID unless given.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; ``TemporalRPCError``.
    public func signal(name: String, input: Payloads, requestID: String? = nil) async throws {
        let call = SignalWorkflowCall(
            workflowID: id, runID: runID, name: name, input: input,
            requestID: requestID ?? UUID().uuidString.lowercased())
        try await client.intercepted(call, by: { try await $0.signalWorkflow($1, next: $2) }) { call in
            let request = Temporal_Api_Workflowservice_V1_SignalWorkflowExecutionRequest.with {
                $0.namespace = client.namespace
                $0.identity = client.identity
                $0.workflowExecution = execution
                $0.signalName = call.name
                if !call.input.payloads.isEmpty { $0.input = call.input }
                if !call.headers.isEmpty { $0.header.fields = call.headers }
                $0.requestID = call.requestID
            }
            _ = try await finding { try await client.service.call(.signalWorkflowExecution, request, .normal) }
        }
    }

    /// Asks the workflow's code something, which a worker answers. Reads only.
    /// - Parameters:
    ///   - rejectCondition: Which workflows not to ask.
    ///   - timeout: How long to wait, once; 30 s and retries unless given.
    /// - Throws: ``WorkflowNotFoundError``; ``WorkflowQueryError``; ``TemporalRPCError``.
    public func query(
        name: String, input: Payloads, rejectCondition: QueryRejectCondition = .none, timeout: Duration? = nil
    ) async throws -> Payloads {
        let call = QueryWorkflowCall(
            workflowID: id, runID: runID, name: name, input: input, rejectCondition: rejectCondition, timeout: timeout)
        return try await client.intercepted(call, by: { try await $0.queryWorkflow($1, next: $2) }, send)
    }

    private func send(_ call: QueryWorkflowCall) async throws -> Payloads {
        let request = Temporal_Api_Workflowservice_V1_QueryWorkflowRequest.with {
            $0.namespace = client.namespace
            $0.execution = execution
            $0.query.queryType = call.name
            if !call.input.payloads.isEmpty { $0.query.queryArgs = call.input }
            if !call.headers.isEmpty { $0.query.header.fields = call.headers }
            $0.queryRejectCondition = call.rejectCondition.proto
        }
        do {
            let callClass = call.timeout.map { CallClass.once(timeout: $0) } ?? .normal
            let response = try await finding { try await client.service.call(.queryWorkflow, request, callClass) }
            guard response.hasQueryRejected else { return response.queryResult }
            throw queryError(call.name, .rejected(.init(response.queryRejected.status)))
        } catch let error as TemporalRPCError {
            if case .queryFailed(let cause) = error.details { throw queryError(call.name, .failed(cause)) }
            switch error.code {
            case .failedPrecondition, .deadlineExceeded: throw queryError(call.name, .unanswered(error))
            default: throw error
            }
        }
    }

    /// What the server knows of the workflow; needs no worker.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func describe() async throws -> WorkflowDescription {
        let call = DescribeWorkflowCall(workflowID: id, runID: runID)
        return try await client.intercepted(call, by: { try await $0.describeWorkflow($1, next: $2) }) { _ in
            let request = Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionRequest.with {
                $0.namespace = client.namespace
                $0.execution = execution
            }
            return WorkflowDescription(
                try await finding { try await client.service.call(.describeWorkflowExecution, request, .normal) })
        }
    }

    /// Asks the workflow to cancel itself; its code decides what that means.
    /// - Parameters:
    ///   - reason: Why, for those who read the history.
    ///   - requestID: Requests with the same one are made once; a new UUID unless given.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; ``TemporalRPCError``.
    public func cancel(reason: String = "", requestID: String? = nil) async throws {
        let call = CancelWorkflowCall(
            workflowID: id, runID: runID, reason: reason, requestID: requestID ?? UUID().uuidString.lowercased())
        try await client.intercepted(call, by: { try await $0.cancelWorkflow($1, next: $2) }) { call in
            let request = Temporal_Api_Workflowservice_V1_RequestCancelWorkflowExecutionRequest.with {
                $0.namespace = client.namespace
                $0.identity = client.identity
                $0.workflowExecution = execution
                $0.firstExecutionRunID = firstRunID ?? ""
                $0.reason = call.reason
                $0.requestID = call.requestID
            }
            _ = try await finding { try await client.service.call(.requestCancelWorkflowExecution, request, .normal) }
        }
    }

    /// Ends the workflow at once, without its code.
    /// - Parameter details: Encoded values that belong to the reason.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; ``TemporalRPCError``.
    public func terminate(reason: String, details: Payloads = .init()) async throws {
        let call = TerminateWorkflowCall(workflowID: id, runID: runID, reason: reason, details: details)
        try await client.intercepted(call, by: { try await $0.terminateWorkflow($1, next: $2) }) { call in
            let request = Temporal_Api_Workflowservice_V1_TerminateWorkflowExecutionRequest.with {
                $0.namespace = client.namespace
                $0.identity = client.identity
                $0.workflowExecution = execution
                $0.firstExecutionRunID = firstRunID ?? ""
                $0.reason = call.reason
                if !call.details.payloads.isEmpty { $0.details = call.details }
            }
            _ = try await finding { try await client.service.call(.terminateWorkflowExecution, request, .normal) }
        }
    }

    var execution: Temporal_Api_Common_V1_WorkflowExecution {
        .with {
            $0.workflowID = id
            $0.runID = runID ?? ""
        }
    }

    private func queryError(_ query: String, _ reason: WorkflowQueryError.Reason) -> WorkflowQueryError {
        WorkflowQueryError(workflowID: id, query: query, reason: reason)
    }

    /// Names the workflow in the server's "not found".
    func finding<Response>(_ call: () async throws -> Response) async throws -> Response {
        do {
            return try await call()
        } catch let error as TemporalRPCError {
            guard error.isNotFound else { throw error }
            throw WorkflowNotFoundError(workflowID: id, runID: runID, message: error.message)
        }
    }
}
