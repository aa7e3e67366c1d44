import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Runs that have to do with one another: children, successors, signals and cancel requests from run to run.
extension ServerState {
    mutating func startChild(of parentRunID: String, _ initiatedID: Int64) {
        guard let parent = runs[parentRunID], let attributes = parent.children[initiatedID]?.attributes else { return }
        if !parent.isOpen, attributes.parentClosePolicy != .abandon { return }
        guard openRun(of: attributes.workflowID) == nil else {
            update(parentRunID) { $0.noteChildNotStarted(initiatedID) }
            return
        }
        let childRunID = begin(
            attributes.workflowID, parent: .init(runID: parentRunID, initiatedID: initiatedID),
            .with {
                $0.workflowType = attributes.workflowType
                $0.parentWorkflowNamespace = TestServer.namespace
                $0.parentWorkflowExecution = parent.execution
                $0.parentInitiatedEventID = initiatedID
                $0.taskQueue = attributes.taskQueue
                if attributes.hasInput { $0.input = attributes.input }
                if attributes.hasWorkflowExecutionTimeout {
                    $0.workflowExecutionTimeout = attributes.workflowExecutionTimeout
                }
                if attributes.hasWorkflowRunTimeout { $0.workflowRunTimeout = attributes.workflowRunTimeout }
                $0.workflowTaskTimeout =
                    attributes.hasWorkflowTaskTimeout ? attributes.workflowTaskTimeout : .init(seconds: 10)
                if attributes.hasRetryPolicy { $0.retryPolicy = attributes.retryPolicy }
                if attributes.hasMemo { $0.memo = attributes.memo }
                if attributes.hasSearchAttributes { $0.searchAttributes = attributes.searchAttributes }
                if attributes.hasHeader { $0.header = attributes.header }
            })
        update(parentRunID) { $0.noteChildStarted(initiatedID, runID: childRunID) }
    }

    /// Begins the run that follows one which was continued as new, or is retried.
    mutating func startSuccessor(of run: ServerRun, _ close: RunClose) {
        var attributes = run.started
        attributes.continuedExecutionRunID = run.runID
        attributes.clearFirstWorkflowTaskBackoff()
        switch (close, run.events.last?.attributes) {
        case (.continuedAsNew, .workflowExecutionContinuedAsNewEventAttributes(let new)?):
            attributes.workflowType = new.workflowType
            attributes.taskQueue = new.taskQueue
            attributes.initiator = .workflow
            attributes.attempt = 1
            attributes.input = new.input
            if new.hasMemo { attributes.memo = new.memo }
            if new.hasSearchAttributes { attributes.searchAttributes = new.searchAttributes }
            if new.hasHeader { attributes.header = new.header }
            if Duration(new.backoffStartInterval) > .zero {
                attributes.firstWorkflowTaskBackoff = new.backoffStartInterval
            }
        case (.failed(let failure, _, _), _):
            attributes.initiator = .retry
            attributes.attempt = run.started.attempt + 1
            attributes.continuedFailure = failure
            if case .retry(let delay) = run.retryDecision(after: failure) {
                attributes.firstWorkflowTaskBackoff = .init(delay)
            }
        default: break
        }
        _ = begin(
            run.workflowID, parent: run.parent, runID: close.newRunID, firstRunID: run.started.firstExecutionRunID,
            attributes)
    }

    mutating func deliverSignal(of runID: String, _ initiatedID: Int64) {
        guard let source = runs[runID],
            case .signalExternalWorkflowExecutionInitiatedEventAttributes(let asked)? =
                source.events[Int(initiatedID) - 1].attributes
        else { return }
        reach(
            asked.workflowExecution, from: source,
            (
                .externalWorkflowExecutionSignaled,
                .externalWorkflowExecutionSignaledEventAttributes(
                    .with {
                        $0.initiatedEventID = initiatedID
                        $0.workflowExecution = asked.workflowExecution
                    })
            ),
            orElse: (
                .signalExternalWorkflowExecutionFailed,
                .signalExternalWorkflowExecutionFailedEventAttributes(
                    .with {
                        $0.cause = .externalWorkflowExecutionNotFound
                        $0.initiatedEventID = initiatedID
                        $0.workflowExecution = asked.workflowExecution
                    })
            )
        ) {
            $0.signal(
                name: asked.signalName, input: asked.input, identity: TestServer.identity, from: source.execution)
        }
    }

    mutating func deliverCancel(of runID: String, _ initiatedID: Int64) {
        guard let source = runs[runID],
            case .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(let asked)? =
                source.events[Int(initiatedID) - 1].attributes
        else { return }
        reach(
            asked.workflowExecution, from: source,
            (
                .externalWorkflowExecutionCancelRequested,
                .externalWorkflowExecutionCancelRequestedEventAttributes(
                    .with {
                        $0.initiatedEventID = initiatedID
                        $0.workflowExecution = asked.workflowExecution
                    })
            ),
            orElse: (
                .requestCancelExternalWorkflowExecutionFailed,
                .requestCancelExternalWorkflowExecutionFailedEventAttributes(
                    .with {
                        $0.cause = .externalWorkflowExecutionNotFound
                        $0.initiatedEventID = initiatedID
                        $0.workflowExecution = asked.workflowExecution
                    })
            )
        ) { $0.requestCancel(reason: asked.reason, identity: TestServer.identity, from: source.execution) }
    }

    /// Does something to the open run of another workflow, if there is one, and tells the run that asked for it.
    private mutating func reach(
        _ execution: Temporal_Api_Common_V1_WorkflowExecution, from source: ServerRun,
        _ reached: (type: EventType, attributes: HistoryEvent.OneOf_Attributes),
        orElse missed: (type: EventType, attributes: HistoryEvent.OneOf_Attributes), _ change: (inout ServerRun) -> Void
    ) {
        let target = target(execution)
        if let target { update(target, change) }
        guard source.isOpen else { return }
        let event = target == nil ? missed : reached
        update(source.runID) { $0.happen(event.type, event.attributes) }
    }

    private func target(_ execution: Temporal_Api_Common_V1_WorkflowExecution) -> String? {
        guard let open = openRun(of: execution.workflowID) else { return nil }
        return execution.runID.isEmpty || execution.runID == open ? open : nil
    }
}

extension ServerRun {
    mutating func noteChildStarted(_ initiatedID: Int64, runID childRunID: String) {
        guard var child = children[initiatedID] else { return }
        child.runID = childRunID
        // Right only when the event is not buffered; it is put right when the buffer is written.
        child.startedID = nextID
        children[initiatedID] = child
        guard isOpen else { return }
        happen(
            .childWorkflowExecutionStarted,
            .childWorkflowExecutionStartedEventAttributes(
                .with {
                    $0.initiatedEventID = initiatedID
                    $0.workflowExecution.workflowID = child.attributes.workflowID
                    $0.workflowExecution.runID = childRunID
                    $0.workflowType = child.attributes.workflowType
                }))
    }

    mutating func noteChildNotStarted(_ initiatedID: Int64) {
        guard let child = children.removeValue(forKey: initiatedID), isOpen else { return }
        happen(
            .startChildWorkflowExecutionFailed,
            .startChildWorkflowExecutionFailedEventAttributes(
                .with {
                    $0.workflowID = child.attributes.workflowID
                    $0.workflowType = child.attributes.workflowType
                    $0.cause = .workflowAlreadyExists
                    $0.initiatedEventID = initiatedID
                }))
    }

    mutating func noteChildClosed(_ initiatedID: Int64, _ close: RunClose) {
        guard let child = children.removeValue(forKey: initiatedID) else { return }
        let execution = Temporal_Api_Common_V1_WorkflowExecution.with {
            $0.workflowID = child.attributes.workflowID
            $0.runID = child.runID
        }
        let type = child.attributes.workflowType
        switch close {
        case .completed(let result, _):
            happen(
                .childWorkflowExecutionCompleted,
                .childWorkflowExecutionCompletedEventAttributes(
                    .with {
                        if !result.payloads.isEmpty { $0.result = result }
                        $0.workflowExecution = execution
                        $0.workflowType = type
                        $0.initiatedEventID = initiatedID
                        $0.startedEventID = child.startedID
                    }))
        case .failed(let failure, let state, _):
            happen(
                .childWorkflowExecutionFailed,
                .childWorkflowExecutionFailedEventAttributes(
                    .with {
                        $0.failure = failure
                        $0.retryState = state
                        $0.workflowExecution = execution
                        $0.workflowType = type
                        $0.initiatedEventID = initiatedID
                        $0.startedEventID = child.startedID
                    }))
        case .canceled(let details):
            happen(
                .childWorkflowExecutionCanceled,
                .childWorkflowExecutionCanceledEventAttributes(
                    .with {
                        if !details.payloads.isEmpty { $0.details = details }
                        $0.workflowExecution = execution
                        $0.workflowType = type
                        $0.initiatedEventID = initiatedID
                        $0.startedEventID = child.startedID
                    }))
        case .timedOut:
            happen(
                .childWorkflowExecutionTimedOut,
                .childWorkflowExecutionTimedOutEventAttributes(
                    .with {
                        $0.workflowExecution = execution
                        $0.workflowType = type
                        $0.initiatedEventID = initiatedID
                        $0.startedEventID = child.startedID
                        $0.retryState = .timeout
                    }))
        case .terminated:
            happen(
                .childWorkflowExecutionTerminated,
                .childWorkflowExecutionTerminatedEventAttributes(
                    .with {
                        $0.workflowExecution = execution
                        $0.workflowType = type
                        $0.initiatedEventID = initiatedID
                        $0.startedEventID = child.startedID
                    }))
        case .continuedAsNew: break
        }
    }
}
