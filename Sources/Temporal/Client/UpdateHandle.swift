import SwiftProtobuf
public import TemporalAPI

/// One update of a workflow, known by its id.
public struct UpdateHandle<Output: Codable & Sendable>: Sendable {
    /// The same update without its Swift types, for values that are encoded already.
    public let untyped: UntypedUpdateHandle

    init(_ untyped: UntypedUpdateHandle) { self.untyped = untyped }

    /// The update's id.
    public var id: String { untyped.id }
    /// The workflow's id.
    public var workflowID: String { untyped.workflowID }
    /// The run that was updated; nil is the one that is current at each call.
    public var runID: String? { untyped.runID }

    /// Waits until the update has ended, and returns what its handler returned. Asks the server only if that isn't known yet.
    /// - Parameter timeout: How long to wait; no limit unless given.
    /// - Throws: ``WorkflowUpdateFailedError`` with the cause; ``WorkflowUpdateNotFoundError``; ``WorkflowUpdateInterruptedError`` if the
    ///   wait, not the update, ended early; ``TemporalRPCError``; ``DataConversionError``.
    public func result(timeout: Duration? = nil) async throws -> Output {
        try untyped.client.converter.decode(Output.self, from: await untyped.result(timeout: timeout))
    }
}

/// One update of a workflow, known by its id, whose output type is not known here.
public struct UntypedUpdateHandle: Sendable {
    let client: TemporalClient
    /// The update's id.
    public let id: String
    /// The workflow's id.
    public let workflowID: String
    /// The run that was updated; nil is the one that is current at each call.
    public let runID: String?
    /// Nil until the server has told.
    let outcome: Temporal_Api_Update_V1_Outcome?

    /// Waits until the update has ended, and returns its result as it was encoded.
    /// - Parameter timeout: How long to wait; no limit unless given.
    /// - Throws: As ``UpdateHandle/result(timeout:)``.
    public func result(timeout: Duration? = nil) async throws -> Payloads {
        let outcome: Temporal_Api_Update_V1_Outcome
        if let known = self.outcome {
            outcome = known
        } else {
            outcome = try await interruptible(updateID: id, workflowID: workflowID, timeout: timeout) {
                try await poll()
            }
        }
        switch outcome.value {
        case .failure(let failure):
            let cause = FailureConverter().error(from: failure)
            throw WorkflowUpdateFailedError(workflowID: workflowID, updateID: id, cause: cause)
        default: return outcome.success
        }
    }

    func poll() async throws -> Temporal_Api_Update_V1_Outcome {
        let request = Temporal_Api_Workflowservice_V1_PollWorkflowExecutionUpdateRequest.with {
            $0.namespace = client.namespace
            $0.identity = client.identity
            $0.updateRef.workflowExecution.workflowID = workflowID
            $0.updateRef.workflowExecution.runID = runID ?? ""
            $0.updateRef.updateID = id
            $0.waitPolicy.lifecycleStage = .completed
        }
        return try await longPolling {
            do {
                // The server answers without an outcome after some 20 s.
                let response = try await client.service.call(.pollWorkflowExecutionUpdate, request, .longPoll)
                return response.hasOutcome ? response.outcome : nil
            } catch let error as TemporalRPCError where error.isNotFound {
                throw WorkflowUpdateNotFoundError(workflowID: workflowID, updateID: id, message: error.message)
            }
        }
    }
}

/// Which news of an update to wait for.
public enum UpdateWaitStage: Sendable, Hashable {
    /// The workflow has accepted or refused it.
    case accepted
    /// Its handler has ended.
    case completed

    var proto: Temporal_Api_Enums_V1_UpdateWorkflowExecutionLifecycleStage {
        switch self {
        case .accepted: .accepted
        case .completed: .completed
        }
    }
}

/// Waits for an update, and says so in one way however the wait, not the update, comes to an early end.
func interruptible<Value: Sendable>(
    updateID: String, workflowID: String, timeout: Duration?, _ wait: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    do {
        guard let timeout else { return try await wait() }
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await wait() }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    } catch is CancellationError {
        throw WorkflowUpdateInterruptedError(workflowID: workflowID, updateID: updateID, cause: nil)
    } catch let error as TemporalRPCError where error.code == .deadlineExceeded || error.code == .cancelled {
        throw WorkflowUpdateInterruptedError(workflowID: workflowID, updateID: updateID, cause: error)
    }
}
