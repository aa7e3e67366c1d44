import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// How a run ends, by its own command or from outside.
extension ServerRun {
    mutating func end(by command: Command, _ completedID: Int64) {
        switch command.attributes {
        case .completeWorkflowExecutionCommandAttributes(let attributes):
            record(
                .workflowExecutionCompleted,
                .workflowExecutionCompletedEventAttributes(
                    .with {
                        if attributes.hasResult { $0.result = attributes.result }
                        $0.workflowTaskCompletedEventID = completedID
                    }))
            finish(.completed(attributes.result, newRunID: ""))
        case .failWorkflowExecutionCommandAttributes(let attributes):
            fail(attributes.failure, completedID)
        case .cancelWorkflowExecutionCommandAttributes(let attributes):
            record(
                .workflowExecutionCanceled,
                .workflowExecutionCanceledEventAttributes(
                    .with {
                        if attributes.hasDetails { $0.details = attributes.details }
                        $0.workflowTaskCompletedEventID = completedID
                    }))
            finish(.canceled(attributes.details))
        case .continueAsNewWorkflowExecutionCommandAttributes(let attributes):
            continueAsNew(attributes, completedID)
        default: break
        }
    }

    private mutating func fail(_ failure: Failure, _ completedID: Int64) {
        let decision = retryDecision(after: failure)
        var (state, newRunID) = (RetryState.inProgress, successorID)
        if case .end(let reason) = decision { (state, newRunID) = (reason, "") }
        record(
            .workflowExecutionFailed,
            .workflowExecutionFailedEventAttributes(
                .with {
                    $0.failure = failure
                    $0.retryState = state
                    $0.workflowTaskCompletedEventID = completedID
                    $0.newExecutionRunID = newRunID
                }))
        finish(.failed(failure, state, newRunID: newRunID))
    }

    /// Whether a failed run is followed by another.
    func retryDecision(after failure: Failure) -> RetryDecision {
        guard started.hasRetryPolicy else { return .end(.retryPolicyNotSet) }
        let info = failure.applicationFailureInfo
        if info.nonRetryable || started.retryPolicy.nonRetryableErrorTypes.contains(info.type) {
            return .end(.nonRetryableFailure)
        }
        if started.retryPolicy.maximumAttempts > 0, started.attempt >= started.retryPolicy.maximumAttempts {
            return .end(.maximumAttemptsReached)
        }
        return .retry(after: RetryDecision.delay(started.retryPolicy, attempt: started.attempt))
    }

    private mutating func continueAsNew(
        _ attributes: Temporal_Api_Command_V1_ContinueAsNewWorkflowExecutionCommandAttributes, _ completedID: Int64
    ) {
        record(
            .workflowExecutionContinuedAsNew,
            .workflowExecutionContinuedAsNewEventAttributes(
                .with {
                    $0.newExecutionRunID = successorID
                    $0.workflowType = attributes.hasWorkflowType ? attributes.workflowType : started.workflowType
                    $0.taskQueue = attributes.hasTaskQueue ? attributes.taskQueue : started.taskQueue
                    if attributes.hasInput { $0.input = attributes.input }
                    $0.workflowRunTimeout = attributes.workflowRunTimeout
                    $0.workflowTaskTimeout = attributes.workflowTaskTimeout
                    $0.workflowTaskCompletedEventID = completedID
                    $0.backoffStartInterval = attributes.backoffStartInterval
                    $0.initiator = .workflow
                    if attributes.hasHeader { $0.header = attributes.header }
                    if attributes.hasMemo { $0.memo = attributes.memo }
                    if attributes.hasSearchAttributes { $0.searchAttributes = attributes.searchAttributes }
                }))
        finish(.continuedAsNew(newRunID: successorID))
    }

    mutating func terminate(reason: String, identity: String) {
        record(
            .workflowExecutionTerminated,
            .workflowExecutionTerminatedEventAttributes(
                .with {
                    $0.reason = reason
                    $0.identity = identity
                }))
        finish(.terminated)
    }

    mutating func timeOut() {
        record(
            .workflowExecutionTimedOut,
            .workflowExecutionTimedOutEventAttributes(.with { $0.retryState = .timeout }))
        finish(.timedOut(newRunID: ""))
    }

    private mutating func finish(_ close: RunClose) {
        self.close = close
        task = nil
        buffered = []
        timers = [:]
        activities = [:]
        endUpdates()
        effects.append(.closed(close))
    }
}
