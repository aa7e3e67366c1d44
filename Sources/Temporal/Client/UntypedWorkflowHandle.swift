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
        try await client.intercepted(call, by: { try await $0.signalWorkflow($1, next: $2) }, send)
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

    /// What the server knows of the workflow; needs no worker.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func describe() async throws -> WorkflowDescription {
        let call = DescribeWorkflowCall(workflowID: id, runID: runID)
        return try await client.intercepted(call, by: { try await $0.describeWorkflow($1, next: $2) }, send)
    }

    /// Asks the workflow to cancel itself; its code decides what that means.
    /// - Parameters:
    ///   - reason: Why, for those who read the history.
    ///   - requestID: Requests with the same one are made once; a new UUID unless given.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; ``TemporalRPCError``.
    public func cancel(reason: String = "", requestID: String? = nil) async throws {
        let call = CancelWorkflowCall(
            workflowID: id, runID: runID, reason: reason, requestID: requestID ?? UUID().uuidString.lowercased())
        try await client.intercepted(call, by: { try await $0.cancelWorkflow($1, next: $2) }, send)
    }

    /// Ends the workflow at once, without its code.
    /// - Parameter details: Encoded values that belong to the reason.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; ``TemporalRPCError``.
    public func terminate(reason: String, details: Payloads = .init()) async throws {
        let call = TerminateWorkflowCall(workflowID: id, runID: runID, reason: reason, details: details)
        try await client.intercepted(call, by: { try await $0.terminateWorkflow($1, next: $2) }, send)
    }

    var execution: Temporal_Api_Common_V1_WorkflowExecution {
        .with {
            $0.workflowID = id
            $0.runID = runID ?? ""
        }
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
