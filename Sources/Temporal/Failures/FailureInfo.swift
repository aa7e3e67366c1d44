import SwiftProtobuf
import TemporalAPI

/// A failure with a kind of its own in Temporal's interface: both ways between the kind's fields and the Swift type.
protocol InformedFailure: TemporalFailure {
    var info: Failure.OneOf_FailureInfo { get }
}

extension ApplicationFailure: InformedFailure {
    init(
        _ message: String, _ info: Temporal_Api_Failure_V1_ApplicationFailureInfo, _ cause: (any Error)?,
        _ received: Failure
    ) {
        self.init(
            message, type: info.type, isNonRetryable: info.nonRetryable, details: info.details.payloads,
            nextRetryDelay: info.hasNextRetryDelay ? Duration(info.nextRetryDelay) : nil,
            category: info.category == .benign ? .benign : .unspecified, cause: cause)
        self.received = received
    }

    var info: Failure.OneOf_FailureInfo {
        .applicationFailureInfo(
            .with {
                $0.type = type
                $0.nonRetryable = isNonRetryable
                if !details.isEmpty { $0.details.payloads = details }
                if let nextRetryDelay { $0.nextRetryDelay = .init(nextRetryDelay) }
                if category == .benign { $0.category = .benign }
            })
    }
}

extension ActivityFailure: InformedFailure {
    init(
        _ message: String, _ info: Temporal_Api_Failure_V1_ActivityFailureInfo, _ cause: (any Error)?,
        _ received: Failure
    ) {
        self.init(
            message: message, activityType: info.activityType.name, activityID: info.activityID,
            scheduledEventID: info.scheduledEventID, startedEventID: info.startedEventID, identity: info.identity,
            retryState: info.retryState, cause: cause, received: received)
    }

    var info: Failure.OneOf_FailureInfo {
        .activityFailureInfo(
            .with {
                $0.activityType.name = activityType
                $0.activityID = activityID
                $0.scheduledEventID = scheduledEventID
                $0.startedEventID = startedEventID
                $0.identity = identity
                $0.retryState = retryState
            })
    }
}

extension ChildWorkflowFailure: InformedFailure {
    init(
        _ message: String, _ info: Temporal_Api_Failure_V1_ChildWorkflowExecutionFailureInfo, _ cause: (any Error)?,
        _ received: Failure
    ) {
        self.init(
            message: message, namespace: info.namespace, workflowID: info.workflowExecution.workflowID,
            runID: info.workflowExecution.runID, workflowType: info.workflowType.name,
            initiatedEventID: info.initiatedEventID, startedEventID: info.startedEventID, retryState: info.retryState,
            cause: cause, received: received)
    }

    var info: Failure.OneOf_FailureInfo {
        .childWorkflowExecutionFailureInfo(
            .with {
                $0.namespace = namespace
                $0.workflowExecution.workflowID = workflowID
                $0.workflowExecution.runID = runID
                $0.workflowType.name = workflowType
                $0.initiatedEventID = initiatedEventID
                $0.startedEventID = startedEventID
                $0.retryState = retryState
            })
    }
}

extension TimeoutFailure: InformedFailure {
    init(
        _ message: String, _ info: Temporal_Api_Failure_V1_TimeoutFailureInfo, _ cause: (any Error)?,
        _ received: Failure
    ) {
        self.init(
            message: message, type: info.timeoutType, lastHeartbeatDetails: info.lastHeartbeatDetails.payloads,
            cause: cause, received: received)
    }

    var info: Failure.OneOf_FailureInfo {
        .timeoutFailureInfo(
            .with {
                $0.timeoutType = type
                if !lastHeartbeatDetails.isEmpty { $0.lastHeartbeatDetails.payloads = lastHeartbeatDetails }
            })
    }
}

extension CanceledFailure: InformedFailure {
    init(
        _ message: String, _ info: Temporal_Api_Failure_V1_CanceledFailureInfo, _ cause: (any Error)?,
        _ received: Failure
    ) {
        self.init(message, details: info.details.payloads, identity: info.identity, cause: cause)
        self.received = received
    }

    var info: Failure.OneOf_FailureInfo {
        .canceledFailureInfo(
            .with {
                if !details.isEmpty { $0.details.payloads = details }
                $0.identity = identity
            })
    }
}

extension TerminatedFailure: InformedFailure {
    init(
        _ message: String, _ info: Temporal_Api_Failure_V1_TerminatedFailureInfo, _ cause: (any Error)?,
        _ received: Failure
    ) {
        self.init(message: message, identity: info.identity, details: [], cause: cause, received: received)
    }

    var info: Failure.OneOf_FailureInfo { .terminatedFailureInfo(.with { $0.identity = identity }) }
}

extension ServerFailure: InformedFailure {
    init(
        _ message: String, _ info: Temporal_Api_Failure_V1_ServerFailureInfo, _ cause: (any Error)?,
        _ received: Failure
    ) {
        self.init(message: message, isNonRetryable: info.nonRetryable, cause: cause, received: received)
    }

    var info: Failure.OneOf_FailureInfo { .serverFailureInfo(.with { $0.nonRetryable = isNonRetryable }) }
}

extension NexusOperationFailure: InformedFailure {
    init(
        _ message: String, _ info: Temporal_Api_Failure_V1_NexusOperationFailureInfo, _ cause: (any Error)?,
        _ received: Failure
    ) {
        self.init(
            message: message, endpoint: info.endpoint, service: info.service, operation: info.operation,
            operationToken: info.operationToken, scheduledEventID: info.scheduledEventID, cause: cause,
            received: received)
    }

    var info: Failure.OneOf_FailureInfo {
        .nexusOperationExecutionFailureInfo(
            .with {
                $0.endpoint = endpoint
                $0.service = service
                $0.operation = operation
                $0.operationToken = operationToken
                $0.scheduledEventID = scheduledEventID
            })
    }
}

extension NexusHandlerFailure: InformedFailure {
    init(
        _ message: String, _ info: Temporal_Api_Failure_V1_NexusHandlerFailureInfo, _ cause: (any Error)?,
        _ received: Failure
    ) {
        self.init(
            message: message, type: info.type, retryBehavior: info.retryBehavior, cause: cause, received: received)
    }

    var info: Failure.OneOf_FailureInfo {
        .nexusHandlerFailureInfo(
            .with {
                $0.type = type
                $0.retryBehavior = retryBehavior
            })
    }
}
