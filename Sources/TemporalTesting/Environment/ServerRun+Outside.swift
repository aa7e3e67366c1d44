import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What happens to a run from outside.
extension ServerRun {
    mutating func begin() {
        record(.workflowExecutionStarted, .workflowExecutionStartedEventAttributes(started))
        let delay = Duration(started.firstWorkflowTaskBackoff)
        if started.hasWorkflowRunTimeout {
            effects.append(.after(delay + Duration(started.workflowRunTimeout), .runExpires(runID: runID)))
        } else if started.hasWorkflowExecutionTimeout {
            effects.append(.after(delay + Duration(started.workflowExecutionTimeout), .runExpires(runID: runID)))
        }
        guard delay > .zero else { return scheduleTask() }
        isFirstTaskDelayed = true
        effects.append(.after(delay, .firstTask(runID: runID)))
    }

    mutating func endFirstTaskDelay() {
        isFirstTaskDelayed = false
        scheduleTask()
    }

    mutating func signal(
        name: String, input: Payloads, identity: String, from source: Temporal_Api_Common_V1_WorkflowExecution? = nil
    ) {
        happen(
            .workflowExecutionSignaled,
            .workflowExecutionSignaledEventAttributes(
                .with {
                    $0.signalName = name
                    $0.input = input
                    $0.identity = identity
                    if let source { $0.externalWorkflowExecution = source }
                }))
    }

    mutating func requestCancel(
        reason: String, identity: String, from source: Temporal_Api_Common_V1_WorkflowExecution? = nil
    ) {
        guard !isCancelRequested else { return }
        isCancelRequested = true
        happen(
            .workflowExecutionCancelRequested,
            .workflowExecutionCancelRequestedEventAttributes(
                .with {
                    $0.cause = reason
                    $0.identity = identity
                    if let source { $0.externalWorkflowExecution = source }
                }))
    }

    mutating func fireTimer(startedID: Int64) {
        guard let timerID = timers.removeValue(forKey: startedID) else { return }
        happen(
            .timerFired,
            .timerFiredEventAttributes(
                .with {
                    $0.timerID = timerID
                    $0.startedEventID = startedID
                }))
    }

    /// Ends an activity for good. Its start is written only now, because a retried attempt leaves no event.
    mutating func endActivity(_ scheduledID: Int64, _ outcome: ActivityOutcome, _ retryState: RetryState) {
        guard let activity = activities.removeValue(forKey: scheduledID) else { return }
        var startedID: Int64 = 0
        if activity.isStarted {
            startedID = nextID
            happen(
                .activityTaskStarted,
                .activityTaskStartedEventAttributes(
                    .with {
                        $0.scheduledEventID = scheduledID
                        $0.identity = TestServer.identity
                        $0.attempt = activity.attempt
                        if let failure = activity.lastFailure { $0.lastFailure = failure }
                    }), isFollowed: true)
        }
        switch outcome {
        case .completed(let result):
            happen(
                .activityTaskCompleted,
                .activityTaskCompletedEventAttributes(
                    .with {
                        $0.scheduledEventID = scheduledID
                        $0.startedEventID = startedID
                        $0.identity = TestServer.identity
                        if !result.payloads.isEmpty { $0.result = result }
                    }))
        case .failed(let failure) where failure.failureInfo?.isTimeout == true:
            happen(
                .activityTaskTimedOut,
                .activityTaskTimedOutEventAttributes(
                    .with {
                        $0.scheduledEventID = scheduledID
                        $0.startedEventID = startedID
                        $0.failure = failure
                        $0.retryState = retryState
                    }))
        case .failed(let failure):
            happen(
                .activityTaskFailed,
                .activityTaskFailedEventAttributes(
                    .with {
                        $0.scheduledEventID = scheduledID
                        $0.startedEventID = startedID
                        $0.identity = TestServer.identity
                        $0.failure = failure
                        $0.retryState = retryState
                    }))
        case .canceled(let details):
            happen(
                .activityTaskCanceled,
                .activityTaskCanceledEventAttributes(
                    .with {
                        $0.scheduledEventID = scheduledID
                        $0.startedEventID = startedID
                        $0.identity = TestServer.identity
                        if !details.payloads.isEmpty { $0.details = details }
                    }))
        }
    }
}

extension Failure.OneOf_FailureInfo {
    var isTimeout: Bool {
        if case .timeoutFailureInfo = self { return true }
        return false
    }
}
