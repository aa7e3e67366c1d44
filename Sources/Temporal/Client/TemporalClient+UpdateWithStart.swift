import Foundation
import SwiftProtobuf
public import TemporalAPI

extension TemporalClient {
    /// Updates the open run of the id in `options`, or starts the workflow and updates that, in one step; waits for what the handler
    /// returns.
    /// - Parameters:
    ///   - id: Makes the update idempotent; a new UUID unless given.
    ///   - timeout: How long to wait; no limit unless given.
    /// - Throws: As ``startUpdateWithStart(_:_:update:_:waitFor:options:id:timeout:)``, and ``WorkflowUpdateFailedError`` with what the
    ///   handler or the validator threw.
    public func executeUpdateWithStart<W: Workflow, Input, Output>(
        _ type: W.Type, _ input: W.Input, update: UpdateType<Input, Output>, _ updateInput: Input,
        options: StartWorkflowOptions, id: String? = nil, timeout: Duration? = nil
    ) async throws -> Output {
        let (handle, _) = try await startUpdateWithStart(
            type, input, update: update, updateInput, waitFor: .completed, options: options, id: id, timeout: timeout)
        return try await handle.result()
    }

    /// Updates the open run of the id in `options`, or starts the workflow and updates that, in one step: neither happens without the
    /// other. An open run is used unless the conflict policy in `options` says otherwise.
    ///
    /// Waits until the workflow has accepted or refused the update, or until that has ended. Refusals and failures are thrown by
    /// ``UpdateHandle/result(timeout:)``.
    /// - Parameters:
    ///   - id: Makes the update idempotent; a new UUID unless given.
    ///   - timeout: How long to wait; no limit unless given.
    /// - Throws: ``WorkflowAlreadyStartedError`` if a policy refuses the start; ``WorkflowNotFoundError``;
    ///   ``WorkflowUpdateInterruptedError`` if the wait ended early; ``TemporalRPCError``; ``DataConversionError``.
    public func startUpdateWithStart<W: Workflow, Input, Output>(
        _ type: W.Type, _ input: W.Input, update: UpdateType<Input, Output>, _ updateInput: Input,
        waitFor stage: UpdateWaitStage, options: StartWorkflowOptions, id: String? = nil, timeout: Duration? = nil
    ) async throws -> (update: UpdateHandle<Output>, workflow: WorkflowHandle<W>) {
        let (update, workflow) = try await startUpdateWithStart(
            typeName: W.workflowType, input: converter.payloads(encoding: input), updateName: update.name,
            updateInput: converter.payloads(encoding: updateInput), waitFor: stage, options: options, id: id,
            timeout: timeout)
        return (UpdateHandle(update), WorkflowHandle(workflow))
    }

    /// ``startUpdateWithStart(_:_:update:_:waitFor:options:id:timeout:)`` by names, with values that are encoded already.
    public func startUpdateWithStart(
        typeName: String, input: Payloads, updateName: String, updateInput: Payloads, waitFor stage: UpdateWaitStage,
        options: StartWorkflowOptions, id: String? = nil, timeout: Duration? = nil
    ) async throws -> (update: UntypedUpdateHandle, workflow: UntypedWorkflowHandle) {
        var options = options
        options.idConflictPolicy = options.idConflictPolicy ?? .useExisting
        let call = StartUpdateWithStartCall(
            start: StartWorkflowCall(workflowType: typeName, input: input, options: options), updateName: updateName,
            updateInput: updateInput, updateID: id ?? UUID().uuidString.lowercased(), stage: stage, timeout: timeout)
        return try await intercepted(call, by: { try await $0.startUpdateWithStart($1, next: $2) }, send)
    }

    private func send(_ call: StartUpdateWithStartCall) async throws -> StartedUpdate {
        let workflowID = call.start.options.id
        let start = try Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest(call.start, client: self)
        let update = UpdateWorkflowRequest(
            name: call.updateName, input: call.updateInput, headers: call.updateHeaders, updateID: call.updateID,
            workflowID: workflowID, stage: call.stage, client: self)
        let request = Temporal_Api_Workflowservice_V1_ExecuteMultiOperationRequest.with {
            $0.namespace = namespace
            $0.operations = [.with { $0.startWorkflow = start }, .with { $0.updateWorkflow = update }]
        }
        return try await interruptible(
            updateID: call.updateID, workflowID: workflowID, timeout: call.timeout
        ) {
            try await longPolling {
                let response = try await starting(workflowID) { try await execute(request, workflowID: workflowID) }
                guard response.responses.count == 2 else {
                    throw TemporalRPCError(
                        operation: "ExecuteMultiOperation", code: .internal,
                        message: "two operations were sent, \(response.responses.count) were answered")
                }
                let started = response.responses[0].startWorkflow
                return try await handle(response.responses[1].updateWorkflow, update).map {
                    ($0, startedHandle(workflowID, started.runID, started.firstExecutionRunID))
                }
            }
        }
    }

    private func execute(
        _ request: Temporal_Api_Workflowservice_V1_ExecuteMultiOperationRequest, workflowID: String
    ) async throws -> Temporal_Api_Workflowservice_V1_ExecuteMultiOperationResponse {
        do {
            return try await service.call(.executeMultiOperation, request, .longPoll)
        } catch let error as TemporalRPCError {
            // Of the two operations one failed, and the other was given up because of it: the first is what the caller wants to know.
            guard case .multiOperation(let errors) = error.details, let first = errors.first else { throw error }
            guard !first.isNotFound else {
                throw WorkflowNotFoundError(workflowID: workflowID, runID: nil, message: first.message)
            }
            throw first
        }
    }
}
