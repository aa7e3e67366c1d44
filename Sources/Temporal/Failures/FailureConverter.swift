import Foundation
import SwiftProtobuf
import TemporalAPI

/// Turns Swift errors into Temporal failures and back.
package struct FailureConverter: Sendable {
    /// Written into every failure so that readers know which SDK made it.
    static let source = "SwiftPaymentSaga"

    /// Chains of causes are cut here: a cycle or a hostile chain must not blow the stack.
    static let maximumDepth = 20

    package init() {}

    package func failure(from error: any Error) -> Failure { failure(from: error, depth: 0) }

    private func failure(from error: any Error, depth: Int) -> Failure {
        var failure = Failure()
        failure.source = Self.source
        if let temporal = error as? any TemporalFailure {
            failure.message = temporal.message
            if let cause = temporal.cause, depth < Self.maximumDepth {
                failure.cause = self.failure(from: cause, depth: depth + 1)
            }
        }
        switch error {
        case let error as ApplicationFailure:
            failure.applicationFailureInfo = .with {
                $0.type = error.type
                $0.nonRetryable = error.isNonRetryable
                if !error.details.isEmpty { $0.details.payloads = error.details }
                if let delay = error.nextRetryDelay { $0.nextRetryDelay = .init(delay) }
            }
        case let error as ActivityFailure:
            failure.activityFailureInfo = .with {
                $0.activityType.name = error.activityType
                $0.activityID = error.activityID
                $0.scheduledEventID = error.scheduledEventID
                $0.startedEventID = error.startedEventID
                $0.identity = error.identity
                $0.retryState = error.retryState
            }
        case let error as ChildWorkflowFailure:
            failure.childWorkflowExecutionFailureInfo = .with {
                $0.namespace = error.namespace
                $0.workflowExecution.workflowID = error.workflowID
                $0.workflowExecution.runID = error.runID
                $0.workflowType.name = error.workflowType
                $0.initiatedEventID = error.initiatedEventID
                $0.startedEventID = error.startedEventID
                $0.retryState = error.retryState
            }
        case let error as TimeoutFailure:
            failure.timeoutFailureInfo = .with {
                $0.timeoutType = error.type
                if !error.lastHeartbeatDetails.isEmpty { $0.lastHeartbeatDetails.payloads = error.lastHeartbeatDetails }
            }
        case let error as CanceledFailure:
            failure.canceledFailureInfo = .with {
                if !error.details.isEmpty { $0.details.payloads = error.details }
            }
        case is CancellationError:
            failure.message = "cancelled"
            failure.canceledFailureInfo = .init()
        case is TerminatedFailure:
            failure.terminatedFailureInfo = .init()
        case let error as ServerFailure:
            failure.serverFailureInfo = .with { $0.nonRetryable = error.isNonRetryable }
        default:
            failure.message = String(describing: error)
            failure.applicationFailureInfo = .with { $0.type = String(describing: Swift.type(of: error)) }
        }
        return failure
    }

    package func error(from failure: Failure) -> any Error { error(from: failure, depth: 0) }

    private func error(from failure: Failure, depth: Int) -> any Error {
        let cause =
            failure.hasCause && depth < Self.maximumDepth ? error(from: failure.cause, depth: depth + 1) : nil
        switch failure.failureInfo {
        case .applicationFailureInfo(let info):
            return ApplicationFailure(
                failure.message, type: info.type, isNonRetryable: info.nonRetryable, details: info.details.payloads,
                nextRetryDelay: info.hasNextRetryDelay ? Duration(info.nextRetryDelay) : nil, cause: cause)
        case .activityFailureInfo(let info):
            return ActivityFailure(
                message: failure.message, activityType: info.activityType.name, activityID: info.activityID,
                scheduledEventID: info.scheduledEventID, startedEventID: info.startedEventID, identity: info.identity,
                retryState: info.retryState, cause: cause)
        case .childWorkflowExecutionFailureInfo(let info):
            return ChildWorkflowFailure(
                message: failure.message, namespace: info.namespace, workflowID: info.workflowExecution.workflowID,
                runID: info.workflowExecution.runID, workflowType: info.workflowType.name,
                initiatedEventID: info.initiatedEventID, startedEventID: info.startedEventID,
                retryState: info.retryState, cause: cause)
        case .timeoutFailureInfo(let info):
            return TimeoutFailure(
                message: failure.message, type: info.timeoutType,
                lastHeartbeatDetails: info.lastHeartbeatDetails.payloads,
                cause: cause)
        case .canceledFailureInfo(let info):
            return CanceledFailure(failure.message, details: info.details.payloads, cause: cause)
        case .terminatedFailureInfo:
            return TerminatedFailure(message: failure.message, cause: cause)
        case .serverFailureInfo(let info):
            return ServerFailure(message: failure.message, isNonRetryable: info.nonRetryable, cause: cause)
        default:
            return ApplicationFailure(failure.message, type: "", cause: cause)
        }
    }
}

extension Google_Protobuf_Duration {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
    }
}

extension Duration {
    init(_ duration: Google_Protobuf_Duration) {
        self = .seconds(duration.seconds) + .nanoseconds(Int64(duration.nanos))
    }
}
