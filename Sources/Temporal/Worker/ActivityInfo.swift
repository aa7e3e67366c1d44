public import Foundation
import SwiftProtobuf
public import TemporalAPI

/// What is known of one attempt of an activity.
public struct ActivityInfo: Sendable {
    /// The name of the activity.
    public var activityType: String
    /// The activity's id within its run.
    public var activityID: String
    /// True when the activity runs in the worker that drives its workflow. It cannot heartbeat then, and needs not.
    public var isLocal = false
    /// From 1.
    public var attempt = 1
    /// The queue the activity came from; that of the workflow when it is local.
    public var taskQueue = ""
    /// The namespace of the workflow.
    public var workflowNamespace = ""
    /// The name of the type of the workflow that asked for it.
    public var workflowType = ""
    /// The workflow that asked for it.
    public var workflowID: String
    /// The run that asked for it.
    public var runID: String
    /// Names this attempt to the server: what completes the activity later, from anywhere, after ``CompleteAsync`` was thrown. Empty when
    /// it is local, as the server knows nothing of it.
    public var taskToken = Data()
    /// When the workflow asked for the activity.
    public var scheduledTime: Date?
    /// When this attempt was put into the queue; a local one, when it began to wait for room in its worker.
    public var currentAttemptScheduledTime: Date?
    /// When this attempt was handed to the worker; a local one, when there was room.
    public var startedTime: Date?
    /// From being scheduled to the end of the last attempt; nil without a limit.
    public var scheduleToClose: Duration?
    /// One attempt; nil without a limit.
    public var startToClose: Duration?
    /// Between two heartbeats; nil when none are asked for.
    public var heartbeatTimeout: Duration?
    /// The retry policy in force; nil when the server told none.
    public var retryPolicy: RetryPolicy?
    /// How the queue ranks the activity.
    public var priority = Temporal_Api_Common_V1_Priority()
    /// What came with the call, outside the input; for interceptors.
    public var headers: [String: Payload] = [:]
    /// What an earlier attempt reported last.
    public var lastHeartbeatDetails: [Payload] = []

    /// - Parameter activityType: and the other parameters are what every activity has; all else is set as needed, by tests say.
    public init(activityType: String, activityID: String, workflowID: String, runID: String) {
        self.activityType = activityType
        self.activityID = activityID
        self.workflowID = workflowID
        self.runID = runID
    }

    /// When this attempt must have ended; nil without a limit.
    public var deadline: Date? {
        guard let startToClose, let startedTime else { return nil }
        return startedTime + startToClose / .seconds(1)
    }
}

extension ActivityInfo {
    init(_ task: PollActivityTask, taskQueue: String) {
        self.init(
            activityType: task.activityType.name, activityID: task.activityID,
            workflowID: task.workflowExecution.workflowID, runID: task.workflowExecution.runID)
        attempt = Int(task.attempt)
        self.taskQueue = taskQueue
        workflowNamespace = task.workflowNamespace
        workflowType = task.workflowType.name
        taskToken = task.taskToken
        scheduledTime = task.hasScheduledTime ? Date(task.scheduledTime) : nil
        currentAttemptScheduledTime =
            task.hasCurrentAttemptScheduledTime ? Date(task.currentAttemptScheduledTime) : nil
        startedTime = task.hasStartedTime ? Date(task.startedTime) : nil
        scheduleToClose = Self.limit(task.scheduleToCloseTimeout)
        startToClose = Self.limit(task.startToCloseTimeout)
        heartbeatTimeout = Self.limit(task.heartbeatTimeout)
        retryPolicy = task.hasRetryPolicy ? RetryPolicy(task.retryPolicy) : nil
        priority = task.priority
        headers = task.header.fields
        lastHeartbeatDetails = task.heartbeatDetails.payloads
    }

    /// The server sends a limit of zero for none.
    private static func limit(_ duration: Google_Protobuf_Duration) -> Duration? {
        let limit = Duration(duration)
        return limit > .zero ? limit : nil
    }
}
