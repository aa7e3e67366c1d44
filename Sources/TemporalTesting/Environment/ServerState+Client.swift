import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What clients ask for.
extension ServerState {
    private typealias Started = Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes

    mutating func start(
        _ request: Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest
    ) throws(TemporalRPCError) -> Temporal_Api_Workflowservice_V1_StartWorkflowExecutionResponse {
        if let existing = try existingRun(
            request.workflowID, request.requestID, reuse: request.workflowIDReusePolicy,
            conflict: request.workflowIDConflictPolicy)
        {
            return .with {
                $0.runID = existing
                $0.started = requestIDs[request.requestID] == existing
            }
        }
        let runID = begin(
            request.workflowID, parent: nil,
            .with {
                $0.workflowType = request.workflowType
                $0.taskQueue = request.taskQueue
                if request.hasInput { $0.input = request.input }
                if request.hasWorkflowExecutionTimeout {
                    $0.workflowExecutionTimeout = request.workflowExecutionTimeout
                }
                if request.hasWorkflowRunTimeout { $0.workflowRunTimeout = request.workflowRunTimeout }
                $0.workflowTaskTimeout =
                    request.hasWorkflowTaskTimeout ? request.workflowTaskTimeout : .init(seconds: 10)
                if request.hasRetryPolicy { $0.retryPolicy = request.retryPolicy }
                if request.hasMemo { $0.memo = request.memo }
                if request.hasSearchAttributes { $0.searchAttributes = request.searchAttributes }
                if request.hasHeader { $0.header = request.header }
                if request.hasWorkflowStartDelay { $0.firstWorkflowTaskBackoff = request.workflowStartDelay }
                $0.identity = request.identity
            })
        requestIDs[request.requestID] = runID
        return .with {
            $0.runID = runID
            $0.started = true
        }
    }

    mutating func signalWithStart(
        _ request: Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionRequest
    ) throws(TemporalRPCError) -> Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionResponse {
        let asked = Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest.with {
            $0.workflowID = request.workflowID
            $0.workflowType = request.workflowType
            $0.taskQueue = request.taskQueue
            if request.hasInput { $0.input = request.input }
            if request.hasWorkflowExecutionTimeout { $0.workflowExecutionTimeout = request.workflowExecutionTimeout }
            if request.hasWorkflowRunTimeout { $0.workflowRunTimeout = request.workflowRunTimeout }
            if request.hasWorkflowTaskTimeout { $0.workflowTaskTimeout = request.workflowTaskTimeout }
            if request.hasRetryPolicy { $0.retryPolicy = request.retryPolicy }
            if request.hasMemo { $0.memo = request.memo }
            if request.hasHeader { $0.header = request.header }
            if request.hasWorkflowStartDelay { $0.workflowStartDelay = request.workflowStartDelay }
            $0.identity = request.identity
            $0.requestID = request.requestID
            $0.workflowIDReusePolicy = request.workflowIDReusePolicy
            $0.workflowIDConflictPolicy =
                request.workflowIDConflictPolicy == .unspecified ? .useExisting : request.workflowIDConflictPolicy
        }
        let started = try start(asked)
        update(started.runID) {
            $0.signal(name: request.signalName, input: request.signalInput, identity: request.identity)
        }
        return .with {
            $0.runID = started.runID
            $0.started = started.started
        }
    }

    private mutating func existingRun(
        _ workflowID: String, _ requestID: String, reuse: Temporal_Api_Enums_V1_WorkflowIdReusePolicy,
        conflict: Temporal_Api_Enums_V1_WorkflowIdConflictPolicy
    ) throws(TemporalRPCError) -> String? {
        guard let runID = latestRuns[workflowID], let run = runs[runID] else { return nil }
        if requestIDs[requestID] == runID { return runID }
        let refusal = TemporalRPCError(
            operation: "StartWorkflowExecution", code: .alreadyExists,
            message: "workflow \(workflowID) is \(run.isOpen ? "running" : "closed") already",
            details: .workflowAlreadyStarted(runID: runID, startRequestID: ""))
        guard !run.isOpen else {
            switch conflict {
            case .useExisting: return runID
            case .terminateExisting:
                update(runID) { $0.terminate(reason: "TerminateIfRunning WorkflowIdConflictPolicy", identity: "") }
                return nil
            default: throw refusal
            }
        }
        let isCompleted = run.close?.status == .completed
        if reuse == .rejectDuplicate || (reuse == .allowDuplicateFailedOnly && isCompleted) { throw refusal }
        return nil
    }

    /// Begins a run of its own, or of a chain.
    mutating func begin(
        _ workflowID: String, parent: ServerRun.Parent?, runID: String? = nil, firstRunID: String? = nil,
        _ attributes: Temporal_Api_History_V1_WorkflowExecutionStartedEventAttributes
    ) -> String {
        let runID = runID ?? ids.uuid()
        var attributes = attributes
        attributes.workflowID = workflowID
        attributes.originalExecutionRunID = runID
        attributes.firstExecutionRunID = firstRunID ?? runID
        if attributes.attempt == 0 { attributes.attempt = 1 }
        runs[runID] = ServerRun(
            workflowID: workflowID, runID: runID, successorID: ids.uuid(), started: attributes, parent: parent)
        runOrder.append(runID)
        latestRuns[workflowID] = runID
        update(runID) { $0.begin() }
        return runID
    }

    /// The run a call is about.
    func find(
        _ execution: Temporal_Api_Common_V1_WorkflowExecution, open: Bool, operation: String
    ) throws(TemporalRPCError) -> ServerRun {
        let runID = execution.runID.isEmpty ? latestRuns[execution.workflowID] : execution.runID
        guard let run = runID.flatMap({ runs[$0] }), run.isOpen || !open else {
            throw TemporalRPCError(
                operation: operation, code: .notFound,
                message: "workflow \(execution.workflowID) is not there or closed", details: .notFound)
        }
        return run
    }

    mutating func signal(
        _ request: Temporal_Api_Workflowservice_V1_SignalWorkflowExecutionRequest
    ) throws(TemporalRPCError) {
        let run = try find(request.workflowExecution, open: true, operation: "SignalWorkflowExecution")
        guard request.requestID.isEmpty || requestIDs.updateValue(run.runID, forKey: request.requestID) == nil else {
            return
        }
        update(run.runID) { $0.signal(name: request.signalName, input: request.input, identity: request.identity) }
    }

    mutating func cancel(
        _ request: Temporal_Api_Workflowservice_V1_RequestCancelWorkflowExecutionRequest
    ) throws(TemporalRPCError) {
        let run = try find(request.workflowExecution, open: true, operation: "RequestCancelWorkflowExecution")
        update(run.runID) { $0.requestCancel(reason: request.reason, identity: request.identity) }
    }

    mutating func terminate(
        _ request: Temporal_Api_Workflowservice_V1_TerminateWorkflowExecutionRequest
    ) throws(TemporalRPCError) {
        let run = try find(request.workflowExecution, open: true, operation: "TerminateWorkflowExecution")
        if let task = run.task { inHand.remove(TaskToken.workflow(runID: run.runID, serial: task.serial).data) }
        update(run.runID) { $0.terminate(reason: request.reason, identity: request.identity) }
    }

    func describe(
        _ request: Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionRequest
    ) throws(TemporalRPCError) -> Temporal_Api_Workflowservice_V1_DescribeWorkflowExecutionResponse {
        let run = try find(request.execution, open: false, operation: "DescribeWorkflowExecution")
        return .with {
            $0.workflowExecutionInfo.execution = run.execution
            $0.workflowExecutionInfo.type = run.started.workflowType
            $0.workflowExecutionInfo.taskQueue = run.taskQueue
            $0.workflowExecutionInfo.status = run.close?.status ?? .running
            $0.workflowExecutionInfo.historyLength = Int64(run.events.count)
            $0.workflowExecutionInfo.memo.fields = run.memo
            $0.workflowExecutionInfo.searchAttributes.indexedFields = run.searchAttributes
            if let first = run.events.first { $0.workflowExecutionInfo.startTime = first.eventTime }
            if !run.isOpen, let last = run.events.last { $0.workflowExecutionInfo.closeTime = last.eventTime }
        }
    }

    mutating func query(
        _ request: Temporal_Api_Workflowservice_V1_QueryWorkflowRequest, _ call: UInt64
    ) throws(TemporalRPCError) {
        let run = try find(request.execution, open: false, operation: "QueryWorkflow")
        let isRejected =
            switch request.queryRejectCondition {
            case .notOpen: !run.isOpen
            case .notCompletedCleanly: !run.isOpen && run.close?.status != .completed
            default: false
            }
        guard !isRejected else {
            return answer(
                call,
                Temporal_Api_Workflowservice_V1_QueryWorkflowResponse.with {
                    $0.queryRejected.status = run.close?.status ?? .running
                })
        }
        questions.append(Question(call: call, runID: run.runID, query: request.query))
    }

    mutating func history(
        _ request: Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryRequest, _ call: UInt64
    ) throws(TemporalRPCError) {
        let run: ServerRun
        var known: Int64 = 0
        if case .page(let runID, let last)? = TaskToken(request.nextPageToken), let paged = runs[runID] {
            (run, known) = (paged, last)
        } else {
            run = try find(request.execution, open: false, operation: "GetWorkflowExecutionHistory")
        }
        if request.waitNewEvent, request.historyEventFilterType == .closeEvent {
            guard !run.isOpen else { return closeWaiters.append((call, run.runID)) }
            return answer(call, closeEvent(of: run.runID))
        }
        answer(
            call,
            Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryResponse.with {
                ($0.history, $0.nextPageToken) = page(of: run, after: known)
            })
    }

    func closeEvent(of runID: String) -> Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryResponse {
        .with { response in
            if let last = runs[runID]?.events.last { response.history.events = [last] }
        }
    }
}
