import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// A call that waits for an update to come to a stage.
struct UpdateWaiter {
    enum Kind {
        case update, poll
        /// Together with the start of the workflow.
        case started(Temporal_Api_Workflowservice_V1_StartWorkflowExecutionResponse)
    }

    let call: UInt64
    var runID: String
    let updateID: String
    let isForOutcome: Bool
    let kind: Kind
}

/// Updates, as clients ask for them.
extension ServerState {
    private typealias Updated = Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionResponse

    mutating func updateWorkflow(
        _ request: Temporal_Api_Workflowservice_V1_UpdateWorkflowExecutionRequest, _ call: UInt64,
        _ kind: UpdateWaiter.Kind = .update
    ) throws(TemporalRPCError) {
        let operation = "UpdateWorkflowExecution"
        let run = try find(request.workflowExecution, open: false, operation: operation)
        let id = request.request.meta.updateID
        if !run.updates.contains(where: { $0.id == id }) {
            guard run.isOpen else { throw .alreadyCompleted(operation) }
            try admit(request.request, to: run.runID)
        }
        wait(
            .init(
                call: call, runID: run.runID, updateID: id,
                isForOutcome: request.waitPolicy.lifecycleStage == .completed, kind: kind))
    }

    mutating func startAndUpdate(
        _ request: Temporal_Api_Workflowservice_V1_ExecuteMultiOperationRequest, _ call: UInt64
    ) throws(TemporalRPCError) {
        let operation = "ExecuteMultiOperation"
        guard request.operations.count == 2, case .startWorkflow(let start)? = request.operations[0].operation,
            case .updateWorkflow(let update)? = request.operations[1].operation
        else {
            throw TemporalRPCError(
                operation: operation, code: .invalidArgument, message: "only a start and an update go together")
        }
        do throws(TemporalRPCError) {
            try updateWorkflow(update, call, .started(try self.start(start)))
        } catch {
            throw TemporalRPCError(
                operation: operation, code: error.code, message: error.message, details: .multiOperation([error]))
        }
    }

    mutating func pollUpdate(
        _ request: Temporal_Api_Workflowservice_V1_PollWorkflowExecutionUpdateRequest, _ call: UInt64
    ) throws(TemporalRPCError) {
        let operation = "PollWorkflowExecutionUpdate"
        let run = try find(request.updateRef.workflowExecution, open: false, operation: operation)
        guard run.updates.contains(where: { $0.id == request.updateRef.updateID }) else {
            throw TemporalRPCError(
                operation: operation, code: .notFound, message: "there is no update \(request.updateRef.updateID)",
                details: .notFound)
        }
        wait(
            .init(
                call: call, runID: run.runID, updateID: request.updateRef.updateID,
                isForOutcome: request.waitPolicy.lifecycleStage == .completed, kind: .poll))
    }

    /// - Throws: when the request can't be encoded for workers.
    mutating func admit(_ request: Temporal_Api_Update_V1_Request, to runID: String) throws(TemporalRPCError) {
        let body: Google_Protobuf_Any
        do {
            body = try Google_Protobuf_Any(message: request)
        } catch {
            throw TemporalRPCError(
                operation: "UpdateWorkflowExecution", code: .invalidArgument,
                message: "the update can't be encoded: \(error)")
        }
        update(runID) { $0.admit(request, body) }
    }

    private mutating func wait(_ waiter: UpdateWaiter) {
        updateWaiters.append(waiter)
        noteUpdate(waiter.updateID, of: waiter.runID)
    }

    /// Answers those who wait for what an update has come to.
    mutating func noteUpdate(_ updateID: String, of runID: String) {
        guard let run = runs[runID], let update = run.updates.first(where: { $0.id == updateID }) else { return }
        var waiting: [UpdateWaiter] = []
        for waiter in updateWaiters {
            guard waiter.runID == runID, waiter.updateID == updateID else {
                waiting.append(waiter)
                continue
            }
            switch update.state {
            case .admitted, .sent: waiting.append(waiter)
            case .accepted where waiter.isForOutcome: waiting.append(waiter)
            case .accepted: respond(to: waiter, run, nil)
            case .completed(let outcome): respond(to: waiter, run, outcome)
            case .aborted:
                guard let next = run.close?.newRunID, !next.isEmpty else {
                    outputs.append(.refuse(call: waiter.call, .alreadyCompleted("UpdateWorkflowExecution")))
                    continue
                }
                // The caller asks again, and the run that follows takes it.
                agenda.note(.update(workflowID: run.workflowID, update.request, update.body), at: now)
                var moved = waiter
                moved.runID = next
                waiting.append(moved)
            }
        }
        updateWaiters = waiting
    }

    private mutating func respond(
        to waiter: UpdateWaiter, _ run: ServerRun, _ outcome: Temporal_Api_Update_V1_Outcome?
    ) {
        let updated = Updated.with {
            $0.updateRef.workflowExecution = run.execution
            $0.updateRef.updateID = waiter.updateID
            $0.stage = outcome == nil ? .accepted : .completed
            if let outcome { $0.outcome = outcome }
        }
        switch waiter.kind {
        case .update: answer(waiter.call, updated)
        case .poll:
            answer(
                waiter.call,
                Temporal_Api_Workflowservice_V1_PollWorkflowExecutionUpdateResponse.with {
                    $0.updateRef = updated.updateRef
                    $0.stage = updated.stage
                    if let outcome { $0.outcome = outcome }
                })
        case .started(let started):
            answer(
                waiter.call,
                Temporal_Api_Workflowservice_V1_ExecuteMultiOperationResponse.with {
                    $0.responses = [.with { $0.startWorkflow = started }, .with { $0.updateWorkflow = updated }]
                })
        }
    }
}

extension TemporalRPCError {
    fileprivate static func alreadyCompleted(_ operation: String) -> TemporalRPCError {
        TemporalRPCError(
            operation: operation, code: .notFound, message: "workflow execution already completed", details: .notFound)
    }
}
