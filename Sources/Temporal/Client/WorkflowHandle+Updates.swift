import Foundation
import SwiftProtobuf
public import TemporalAPI

extension WorkflowHandle {
    /// Sends an update, and waits for what its handler returns.
    /// - Parameters:
    ///   - id: Makes the call idempotent: an update repeated with the same id is the same update. A new UUID unless given.
    ///   - timeout: How long to wait; no limit unless given.
    /// - Throws: ``WorkflowUpdateFailedError`` with what the handler or the validator threw; ``WorkflowNotFoundError`` if the workflow is
    ///   not there or closed; ``WorkflowUpdateInterruptedError`` if the wait ended early; ``TemporalRPCError``; ``DataConversionError``.
    public func executeUpdate<Input, Output>(
        _ type: UpdateType<Input, Output>, _ input: Input, id: String? = nil, timeout: Duration? = nil
    ) async throws -> Output {
        try await startUpdate(type, input, waitFor: .completed, id: id, timeout: timeout).result()
    }

    /// Sends an update that carries no value, and waits for what its handler returns.
    public func executeUpdate<Output>(
        _ type: UpdateType<NoValue, Output>, id: String? = nil, timeout: Duration? = nil
    ) async throws -> Output {
        try await executeUpdate(type, NoValue(), id: id, timeout: timeout)
    }

    /// Sends an update, and waits until the workflow has accepted or refused it, or until it has ended. Refusals and failures are thrown by
    /// ``UpdateHandle/result(timeout:)``.
    /// - Parameters:
    ///   - id: Makes the call idempotent: an update repeated with the same id is the same update. A new UUID unless given.
    ///   - timeout: How long to wait; no limit unless given.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; ``WorkflowUpdateInterruptedError`` if the wait ended
    ///   early; ``TemporalRPCError``; ``DataConversionError``.
    public func startUpdate<Input, Output>(
        _ type: UpdateType<Input, Output>, _ input: Input, waitFor stage: UpdateWaitStage, id: String? = nil,
        timeout: Duration? = nil
    ) async throws -> UpdateHandle<Output> {
        let payloads = try untyped.client.converter.payloads(encoding: input)
        return UpdateHandle(
            try await untyped.startUpdate(name: type.name, input: payloads, waitFor: stage, id: id, timeout: timeout))
    }

    /// Sends an update that carries no value, and waits as ``startUpdate(_:_:waitFor:id:timeout:)`` does.
    public func startUpdate<Output>(
        _ type: UpdateType<NoValue, Output>, waitFor stage: UpdateWaitStage, id: String? = nil,
        timeout: Duration? = nil
    ) async throws -> UpdateHandle<Output> {
        try await startUpdate(type, NoValue(), waitFor: stage, id: id, timeout: timeout)
    }

    /// A handle of an update that was sent already; nothing is asked of the server.
    public func updateHandle<Input, Output>(for type: UpdateType<Input, Output>, id: String) -> UpdateHandle<Output> {
        UpdateHandle(untyped.updateHandle(id: id))
    }
}

extension UntypedWorkflowHandle {
    /// ``WorkflowHandle/startUpdate(_:_:waitFor:id:timeout:)`` by name, with input that is encoded already.
    public func startUpdate(
        name: String, input: Payloads, waitFor stage: UpdateWaitStage, id: String? = nil, timeout: Duration? = nil
    ) async throws -> UntypedUpdateHandle {
        let call = StartUpdateCall(
            workflowID: self.id, runID: runID, name: name, input: input, id: id ?? UUID().uuidString.lowercased(),
            stage: stage, timeout: timeout)
        return try await client.intercepted(call, by: { try await $0.startUpdate($1, next: $2) }, send)
    }

    private func send(_ call: StartUpdateCall) async throws -> UntypedUpdateHandle {
        var request = UpdateWorkflowRequest(
            name: call.name, input: call.input, headers: call.headers, updateID: call.id, workflowID: id,
            stage: call.stage, client: client)
        request.workflowExecution.runID = runID ?? ""
        request.firstExecutionRunID = firstRunID ?? ""
        return try await interruptible(updateID: call.id, workflowID: id, timeout: call.timeout) { [request] in
            // The update's id makes the repeated request the same update.
            try await longPolling {
                let response = try await finding {
                    try await client.service.call(.updateWorkflowExecution, request, .longPoll)
                }
                return try await client.handle(response, request)
            }
        }
    }

    /// A handle of an update that was sent already; nothing is asked of the server.
    public func updateHandle(id: String) -> UntypedUpdateHandle {
        UntypedUpdateHandle(client: client, id: id, workflowID: self.id, runID: runID ?? startedRunID, outcome: nil)
    }
}

typealias UpdateWorkflowRequest = Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionRequest
typealias UpdateWorkflowResponse = Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionResponse

extension UpdateWorkflowRequest {
    init(
        name: String, input: Payloads, headers: [String: Payload], updateID: String, workflowID: String,
        stage: UpdateWaitStage, client: TemporalClient
    ) {
        self.init()
        namespace = client.namespace
        workflowExecution.workflowID = workflowID
        waitPolicy.lifecycleStage = stage.proto
        request.meta.updateID = updateID
        request.meta.identity = client.identity
        request.input.name = name
        if !input.payloads.isEmpty { request.input.args = input }
        if !headers.isEmpty { request.input.header.fields = headers }
    }
}

extension TemporalClient {
    /// The update that a response is about, once the stage that was asked for is reached.
    /// - Returns: nil when the server tired of waiting before the workflow had a say, so that the same must be asked again.
    func handle(
        _ response: UpdateWorkflowResponse, _ request: UpdateWorkflowRequest
    ) async throws -> UntypedUpdateHandle? {
        guard response.stage.rawValue >= UpdateWaitStage.accepted.proto.rawValue else { return nil }
        let runID = response.updateRef.workflowExecution.runID
        func handle(_ outcome: Temporal_Api_Update_V1_Outcome?) -> UntypedUpdateHandle {
            UntypedUpdateHandle(
                client: self, id: request.request.meta.updateID, workflowID: request.workflowExecution.workflowID,
                runID: runID.isEmpty ? nil : runID, outcome: outcome)
        }
        if response.hasOutcome { return handle(response.outcome) }
        guard request.waitPolicy.lifecycleStage == .completed else { return handle(nil) }
        return handle(try await handle(nil).poll())
    }
}
