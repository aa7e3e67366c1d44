import TemporalAPI

extension HistoryEvent {
    /// False for events that only a newer worker understands.
    var isOfKnownType: Bool {
        if case .UNRECOGNIZED = eventType { return false }
        return eventType != .unspecified && attributes != nil
    }

    /// True for events that the server wrote because a worker's command asked for them.
    var isCommandEvent: Bool {
        switch eventType {
        case .activityTaskScheduled, .activityTaskCancelRequested, .timerStarted, .timerCanceled, .markerRecorded,
            .startChildWorkflowExecutionInitiated, .requestCancelExternalWorkflowExecutionInitiated,
            .signalExternalWorkflowExecutionInitiated, .upsertWorkflowSearchAttributes, .workflowPropertiesModified,
            .nexusOperationScheduled, .nexusOperationCancelRequested, .workflowExecutionCompleted,
            .workflowExecutionFailed, .workflowExecutionCanceled, .workflowExecutionContinuedAsNew,
            .workflowExecutionUpdateAccepted, .workflowExecutionUpdateRejected, .workflowExecutionUpdateCompleted:
            true
        default: false
        }
    }

    /// True for the event after which nothing more happens in a run.
    var isTerminal: Bool {
        switch eventType {
        case .workflowExecutionCompleted, .workflowExecutionFailed, .workflowExecutionCanceled,
            .workflowExecutionTimedOut, .workflowExecutionTerminated, .workflowExecutionContinuedAsNew:
            true
        default: false
        }
    }

    /// True when this event, right after a workflow task was started, says that the task came to nothing.
    var voidsStartedTask: Bool {
        switch eventType {
        case .workflowTaskFailed, .workflowTaskTimedOut, .workflowExecutionTimedOut, .workflowExecutionTerminated,
            .workflowExecutionCanceled:
            true
        default: false
        }
    }

    /// The update this event says was accepted.
    var acceptedUpdateID: String? {
        guard case .workflowExecutionUpdateAcceptedEventAttributes(let attributes) = attributes else { return nil }
        return attributes.protocolInstanceID
    }

    /// The event that began the operation this one reports on, for events that report on one.
    var initiatingEventID: Int64? {
        switch attributes {
        case .activityTaskStartedEventAttributes(let a): a.scheduledEventID
        case .activityTaskCompletedEventAttributes(let a): a.scheduledEventID
        case .activityTaskFailedEventAttributes(let a): a.scheduledEventID
        case .activityTaskTimedOutEventAttributes(let a): a.scheduledEventID
        case .activityTaskCanceledEventAttributes(let a): a.scheduledEventID
        case .timerFiredEventAttributes(let a): a.startedEventID
        case .startChildWorkflowExecutionFailedEventAttributes(let a): a.initiatedEventID
        case .childWorkflowExecutionStartedEventAttributes(let a): a.initiatedEventID
        case .childWorkflowExecutionCompletedEventAttributes(let a): a.initiatedEventID
        case .childWorkflowExecutionFailedEventAttributes(let a): a.initiatedEventID
        case .childWorkflowExecutionCanceledEventAttributes(let a): a.initiatedEventID
        case .childWorkflowExecutionTimedOutEventAttributes(let a): a.initiatedEventID
        case .childWorkflowExecutionTerminatedEventAttributes(let a): a.initiatedEventID
        case .externalWorkflowExecutionCancelRequestedEventAttributes(let a): a.initiatedEventID
        case .requestCancelExternalWorkflowExecutionFailedEventAttributes(let a): a.initiatedEventID
        case .externalWorkflowExecutionSignaledEventAttributes(let a): a.initiatedEventID
        case .signalExternalWorkflowExecutionFailedEventAttributes(let a): a.initiatedEventID
        default: nil
        }
    }
}
