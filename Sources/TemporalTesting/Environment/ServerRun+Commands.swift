import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// What the commands of a completed workflow task lead to.
extension ServerRun {
    /// - Returns: true when the command calls for another workflow task at once.
    mutating func apply(_ command: Command, completedID: Int64) throws(CommandRefusal) -> Bool {
        switch command.attributes {
        case .startTimerCommandAttributes(let attributes):
            try startTimer(attributes, completedID)
        case .cancelTimerCommandAttributes(let attributes):
            try cancelTimer(attributes.timerID, completedID)
        case .scheduleActivityTaskCommandAttributes(let attributes):
            try scheduleActivity(attributes, completedID)
        case .requestCancelActivityTaskCommandAttributes(let attributes):
            return try requestActivityCancellation(attributes.scheduledEventID, completedID)
        case .startChildWorkflowExecutionCommandAttributes(let attributes):
            startChild(attributes, completedID)
        case .signalExternalWorkflowExecutionCommandAttributes(let attributes):
            signalExternal(attributes, completedID)
        case .requestCancelExternalWorkflowExecutionCommandAttributes(let attributes):
            cancelExternal(attributes, completedID)
        case .recordMarkerCommandAttributes(let attributes):
            record(
                .markerRecorded,
                .markerRecordedEventAttributes(
                    .with {
                        $0.markerName = attributes.markerName
                        $0.details = attributes.details
                        $0.workflowTaskCompletedEventID = completedID
                        if attributes.hasHeader { $0.header = attributes.header }
                        if attributes.hasFailure { $0.failure = attributes.failure }
                    }))
        case .upsertWorkflowSearchAttributesCommandAttributes(let attributes):
            record(
                .upsertWorkflowSearchAttributes,
                .upsertWorkflowSearchAttributesEventAttributes(
                    .with {
                        $0.workflowTaskCompletedEventID = completedID
                        $0.searchAttributes = attributes.searchAttributes
                    }))
        case .modifyWorkflowPropertiesCommandAttributes(let attributes):
            record(
                .workflowPropertiesModified,
                .workflowPropertiesModifiedEventAttributes(
                    .with {
                        $0.workflowTaskCompletedEventID = completedID
                        $0.upsertedMemo = attributes.upsertedMemo
                    }))
        case .completeWorkflowExecutionCommandAttributes, .failWorkflowExecutionCommandAttributes,
            .cancelWorkflowExecutionCommandAttributes, .continueAsNewWorkflowExecutionCommandAttributes:
            guard buffered.isEmpty, !updates.contains(where: \.isAdmitted) else {
                throw CommandRefusal(.unhandledCommand, "UnhandledCommand")
            }
            end(by: command, completedID)
        case .protocolMessageCommandAttributes, .scheduleNexusOperationCommandAttributes,
            .requestCancelNexusOperationCommandAttributes, nil:
            throw CommandRefusal(.unspecified, "the test environment does not know the command \(command.commandType)")
        }
        return false
    }

    private mutating func startTimer(
        _ attributes: Temporal_Api_Command_V1_StartTimerCommandAttributes, _ completedID: Int64
    ) throws(CommandRefusal) {
        guard !timers.values.contains(attributes.timerID) else {
            throw CommandRefusal(.startTimerDuplicateID, "timer \(attributes.timerID) is running already")
        }
        let id = record(
            .timerStarted,
            .timerStartedEventAttributes(
                .with {
                    $0.timerID = attributes.timerID
                    $0.startToFireTimeout = attributes.startToFireTimeout
                    $0.workflowTaskCompletedEventID = completedID
                }))
        timers[id] = attributes.timerID
        effects.append(
            .after(Duration(attributes.startToFireTimeout), .timerFires(runID: runID, startedID: id)))
    }

    private mutating func cancelTimer(_ timerID: String, _ completedID: Int64) throws(CommandRefusal) {
        var startedID = timers.first { $0.value == timerID }?.key
        // A timer that fired while the task was worked on counts as cancelled: the code cannot have seen it fire.
        let fired = buffered.firstIndex { $0.timerFiredEventAttributes.timerID == timerID }
        if let fired { startedID = buffered.remove(at: fired).timerFiredEventAttributes.startedEventID }
        guard let startedID else {
            throw CommandRefusal(.badCancelTimerAttributes, "there is no timer \(timerID) to cancel")
        }
        timers[startedID] = nil
        record(
            .timerCanceled,
            .timerCanceledEventAttributes(
                .with {
                    $0.timerID = timerID
                    $0.startedEventID = startedID
                    $0.workflowTaskCompletedEventID = completedID
                }))
    }

    private mutating func scheduleActivity(
        _ attributes: Temporal_Api_Command_V1_ScheduleActivityTaskCommandAttributes, _ completedID: Int64
    ) throws(CommandRefusal) {
        guard attributes.hasScheduleToCloseTimeout || attributes.hasStartToCloseTimeout else {
            throw CommandRefusal(
                .badScheduleActivityAttributes, "activity \(attributes.activityID) has neither time limit it needs")
        }
        guard !activities.values.contains(where: { $0.attributes.activityID == attributes.activityID }) else {
            throw CommandRefusal(
                .scheduleActivityDuplicateID, "activity \(attributes.activityID) is scheduled already")
        }
        let scheduled = Temporal_Api_History_V1_ActivityTaskScheduledEventAttributes.with {
            $0.activityID = attributes.activityID
            $0.activityType = attributes.activityType
            $0.taskQueue = attributes.taskQueue
            if attributes.hasHeader { $0.header = attributes.header }
            if attributes.hasInput { $0.input = attributes.input }
            if attributes.hasScheduleToCloseTimeout { $0.scheduleToCloseTimeout = attributes.scheduleToCloseTimeout }
            if attributes.hasScheduleToStartTimeout { $0.scheduleToStartTimeout = attributes.scheduleToStartTimeout }
            if attributes.hasStartToCloseTimeout { $0.startToCloseTimeout = attributes.startToCloseTimeout }
            if attributes.hasHeartbeatTimeout { $0.heartbeatTimeout = attributes.heartbeatTimeout }
            if attributes.hasRetryPolicy { $0.retryPolicy = attributes.retryPolicy }
            $0.workflowTaskCompletedEventID = completedID
        }
        let id = record(.activityTaskScheduled, .activityTaskScheduledEventAttributes(scheduled))
        activities[id] = ServerActivity(attributes: scheduled, scheduledTime: elapsed)
        effects.append(.activityReady(scheduledID: id))
        if scheduled.hasScheduleToCloseTimeout {
            effects.append(
                .after(
                    Duration(scheduled.scheduleToCloseTimeout), .activityExpires(runID: runID, scheduledID: id)))
        }
    }

    /// - Returns: true when the activity is cancelled at once because no worker has it, which the code is to hear without delay.
    private mutating func requestActivityCancellation(
        _ scheduledID: Int64, _ completedID: Int64
    ) throws(CommandRefusal) -> Bool {
        guard scheduledID > 0, scheduledID < completedID else {
            throw CommandRefusal(
                .badRequestCancelActivityAttributes, "there is no activity scheduled by event \(scheduledID)")
        }
        record(
            .activityTaskCancelRequested,
            .activityTaskCancelRequestedEventAttributes(
                .with {
                    $0.scheduledEventID = scheduledID
                    $0.workflowTaskCompletedEventID = completedID
                }))
        guard var activity = activities[scheduledID] else { return false }
        guard !activity.isStarted else {
            activity.isCancelRequested = true
            activities[scheduledID] = activity
            return false
        }
        activities[scheduledID] = nil
        record(
            .activityTaskCanceled,
            .activityTaskCanceledEventAttributes(.with { $0.scheduledEventID = scheduledID }))
        return true
    }

    private mutating func startChild(
        _ attributes: Temporal_Api_Command_V1_StartChildWorkflowExecutionCommandAttributes, _ completedID: Int64
    ) {
        let initiated = Temporal_Api_History_V1_StartChildWorkflowExecutionInitiatedEventAttributes.with {
            $0.namespace = attributes.namespace
            $0.workflowID = attributes.workflowID
            $0.workflowType = attributes.workflowType
            $0.taskQueue = attributes.taskQueue
            if attributes.hasInput { $0.input = attributes.input }
            if attributes.hasWorkflowExecutionTimeout {
                $0.workflowExecutionTimeout = attributes.workflowExecutionTimeout
            }
            if attributes.hasWorkflowRunTimeout { $0.workflowRunTimeout = attributes.workflowRunTimeout }
            if attributes.hasWorkflowTaskTimeout { $0.workflowTaskTimeout = attributes.workflowTaskTimeout }
            $0.parentClosePolicy =
                attributes.parentClosePolicy == .unspecified ? .terminate : attributes.parentClosePolicy
            $0.workflowTaskCompletedEventID = completedID
            $0.workflowIDReusePolicy = attributes.workflowIDReusePolicy
            if attributes.hasRetryPolicy { $0.retryPolicy = attributes.retryPolicy }
            if attributes.hasHeader { $0.header = attributes.header }
            if attributes.hasMemo { $0.memo = attributes.memo }
            if attributes.hasSearchAttributes { $0.searchAttributes = attributes.searchAttributes }
        }
        let id = record(
            .startChildWorkflowExecutionInitiated,
            .startChildWorkflowExecutionInitiatedEventAttributes(initiated))
        children[id] = Child(attributes: initiated)
        effects.append(.after(.zero, .childStarts(runID: runID, initiatedID: id)))
    }

    private mutating func signalExternal(
        _ attributes: Temporal_Api_Command_V1_SignalExternalWorkflowExecutionCommandAttributes, _ completedID: Int64
    ) {
        let id = record(
            .signalExternalWorkflowExecutionInitiated,
            .signalExternalWorkflowExecutionInitiatedEventAttributes(
                .with {
                    $0.workflowTaskCompletedEventID = completedID
                    $0.namespace = attributes.namespace
                    $0.workflowExecution = attributes.execution
                    $0.signalName = attributes.signalName
                    if attributes.hasInput { $0.input = attributes.input }
                    $0.control = attributes.control
                    $0.childWorkflowOnly = attributes.childWorkflowOnly
                    if attributes.hasHeader { $0.header = attributes.header }
                }))
        effects.append(.after(.zero, .externalSignal(runID: runID, initiatedID: id)))
    }

    private mutating func cancelExternal(
        _ attributes: Temporal_Api_Command_V1_RequestCancelExternalWorkflowExecutionCommandAttributes,
        _ completedID: Int64
    ) {
        let id = record(
            .requestCancelExternalWorkflowExecutionInitiated,
            .requestCancelExternalWorkflowExecutionInitiatedEventAttributes(
                .with {
                    $0.workflowTaskCompletedEventID = completedID
                    $0.namespace = attributes.namespace
                    $0.workflowExecution.workflowID = attributes.workflowID
                    $0.workflowExecution.runID = attributes.runID
                    $0.control = attributes.control
                    $0.childWorkflowOnly = attributes.childWorkflowOnly
                    $0.reason = attributes.reason
                }))
        effects.append(.after(.zero, .externalCancel(runID: runID, initiatedID: id)))
    }
}
