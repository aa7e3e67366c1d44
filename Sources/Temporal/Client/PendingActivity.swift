public import Foundation
import SwiftProtobuf
public import TemporalAPI

/// An activity that has not ended, as the server sees it.
public struct PendingActivity: Sendable, Hashable {
    /// Where an activity stands; `unspecified` if a newer server knows one that this code does not.
    public typealias State = Temporal_Api_Enums_V1_PendingActivityState

    /// The activity's id, unique in its run.
    public let activityID: String
    /// The name of its type.
    public let activityType: String
    /// Where it stands.
    public let state: State
    /// The current attempt, from 1.
    public let attempt: Int
    /// Attempts in all; 0 is no limit.
    public let maximumAttempts: Int
    /// When the current attempt was or will be scheduled.
    public let scheduledTime: Date?
    /// When a worker picked it up last.
    public let lastStartedTime: Date?
    /// When it reported last.
    public let lastHeartbeatTime: Date?
    /// When it must have ended.
    public let expirationTime: Date?
    /// When the next attempt is due.
    public let nextAttemptTime: Date?
    /// What it reported last.
    public let heartbeatDetails: [Payload]
    /// The worker that had it last; empty if none had.
    public let lastWorkerIdentity: String
    /// Whether an operator holds it back.
    public let isPaused: Bool
    private let failure: Failure?

    /// Why the attempt before this one failed.
    public var lastFailure: (any Error)? { failure.map { FailureConverter().error(from: $0) } }

    init(_ info: Temporal_Api_Workflow_V1_PendingActivityInfo) {
        activityID = info.activityID
        activityType = info.activityType.name
        state = info.state
        attempt = Int(info.attempt)
        maximumAttempts = Int(info.maximumAttempts)
        scheduledTime = info.hasScheduledTime ? info.scheduledTime.date : nil
        lastStartedTime = info.hasLastStartedTime ? info.lastStartedTime.date : nil
        lastHeartbeatTime = info.hasLastHeartbeatTime ? info.lastHeartbeatTime.date : nil
        expirationTime = info.hasExpirationTime ? info.expirationTime.date : nil
        nextAttemptTime = info.hasNextAttemptScheduleTime ? info.nextAttemptScheduleTime.date : nil
        heartbeatDetails = info.heartbeatDetails.payloads
        lastWorkerIdentity = info.lastWorkerIdentity
        isPaused = info.paused
        failure = info.hasLastFailure ? info.lastFailure : nil
    }
}

/// A child workflow that has not ended, as its parent's server sees it.
public struct PendingChildWorkflow: Sendable, Hashable {
    /// The child's id.
    public let workflowID: String
    /// The child's run; empty until it has started.
    public let runID: String
    /// The name of its type.
    public let workflowType: String

    init(_ info: Temporal_Api_Workflow_V1_PendingChildExecutionInfo) {
        workflowID = info.workflowID
        runID = info.runID
        workflowType = info.workflowTypeName
    }
}

/// A workflow task that has not ended.
public struct PendingWorkflowTask: Sendable, Hashable {
    /// Whether a worker has it.
    public let isStarted: Bool
    /// From 1; more after failures and time-outs.
    public let attempt: Int
    /// When this attempt was scheduled.
    public let scheduledTime: Date?
    /// When a worker picked it up.
    public let startedTime: Date?

    init(_ info: Temporal_Api_Workflow_V1_PendingWorkflowTaskInfo) {
        isStarted = info.state == .started
        attempt = Int(info.attempt)
        scheduledTime = info.hasScheduledTime ? info.scheduledTime.date : nil
        startedTime = info.hasStartedTime ? info.startedTime.date : nil
    }
}
