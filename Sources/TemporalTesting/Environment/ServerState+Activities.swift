import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// Activities handed to workers, and what workers report of them.
extension ServerState {
    /// Has an attempt of an activity taken by a worker, when it is time and one is free.
    mutating func offer(_ runID: String, _ scheduledID: Int64, after delay: Duration = .zero) {
        guard let activity = runs[runID]?.activities[scheduledID] else { return }
        let attributes = activity.attributes
        let wait = activityWaits[attributes.activityType.name] ?? .zero
        if attributes.hasScheduleToStartTimeout, wait >= Duration(attributes.scheduleToStartTimeout), wait > .zero {
            agenda.note(
                .activityIsNotTaken(runID: runID, scheduledID: scheduledID, attempt: activity.attempt),
                at: now + delay + Duration(attributes.scheduleToStartTimeout))
        } else if delay + wait > .zero {
            agenda.note(
                .activityIsDue(runID: runID, scheduledID: scheduledID, attempt: activity.attempt),
                at: now + delay + wait)
        } else {
            ready.append(.activity(runID: runID, scheduledID: scheduledID))
        }
    }

    /// Lets an attempt be lost with the worker that took it, if that is how it is to be.
    /// - Returns: false when a worker is to have it.
    mutating func loseActivity(_ runID: String, _ scheduledID: Int64) -> Bool {
        guard let activity = runs[runID]?.activities[scheduledID],
            let count = lostAttempts[activity.attributes.activityType.name], count > 0
        else { return false }
        lostAttempts[activity.attributes.activityType.name] = count - 1
        let attributes = activity.attributes
        let (type, limit): (TimeoutType, Duration?) =
            attributes.hasHeartbeatTimeout
            ? (.heartbeat, Duration(attributes.heartbeatTimeout))
            : (.startToClose, attributes.hasStartToCloseTimeout ? Duration(attributes.startToCloseTimeout) : nil)
        let startedTime = now
        update(runID) {
            $0.activities[scheduledID]?.isStarted = true
            $0.activities[scheduledID]?.startedTime = startedTime
        }
        // Without either limit, the one on all attempts ends it.
        guard let limit else { return true }
        agenda.note(
            .activityEnds(
                runID: runID, scheduledID: scheduledID, attempt: activity.attempt,
                .failed(.timeout(type, "activity \(type == .heartbeat ? "Heartbeat" : "StartToClose") timeout"))),
            at: now + limit)
        return true
    }

    mutating func startActivity(
        _ runID: String, _ scheduledID: Int64
    ) -> Temporal_Api_Workflowservice_V1_PollActivityTaskQueueResponse {
        let startedTime = now
        update(runID) {
            $0.activities[scheduledID]?.isStarted = true
            $0.activities[scheduledID]?.startedTime = startedTime
        }
        guard let run = runs[runID], let activity = run.activities[scheduledID] else { return .init() }
        let attributes = activity.attributes
        let token = TaskToken.activity(runID: runID, scheduledID: scheduledID, attempt: activity.attempt).data
        if attributes.hasHeartbeatTimeout { longRunning.insert(token) } else { inHand.insert(token) }
        return .with {
            $0.taskToken = token
            $0.workflowNamespace = TestServer.namespace
            $0.workflowType = run.started.workflowType
            $0.workflowExecution = run.execution
            $0.activityType = attributes.activityType
            $0.activityID = attributes.activityID
            if attributes.hasHeader { $0.header = attributes.header }
            if attributes.hasInput { $0.input = attributes.input }
            if !activity.heartbeatDetails.payloads.isEmpty { $0.heartbeatDetails = activity.heartbeatDetails }
            $0.scheduledTime = timestamp(at: activity.scheduledTime)
            $0.currentAttemptScheduledTime = timestamp
            $0.startedTime = timestamp
            $0.attempt = activity.attempt
            if attributes.hasScheduleToCloseTimeout { $0.scheduleToCloseTimeout = attributes.scheduleToCloseTimeout }
            if attributes.hasStartToCloseTimeout { $0.startToCloseTimeout = attributes.startToCloseTimeout }
            if attributes.hasHeartbeatTimeout { $0.heartbeatTimeout = attributes.heartbeatTimeout }
            if attributes.hasRetryPolicy { $0.retryPolicy = attributes.retryPolicy }
        }
    }

    /// Takes what a worker reports of an attempt; it counts once the time the activity is said to take has passed.
    mutating func report(
        _ token: Data, _ outcome: ActivityOutcome, lastDetails: Payloads? = nil
    ) throws(TemporalRPCError) {
        inHand.remove(token)
        longRunning.remove(token)
        let (runID, scheduledID, activity) = try find(token)
        var outcome = outcome
        let limit =
            activity.attributes.hasStartToCloseTimeout ? Duration(activity.attributes.startToCloseTimeout) : nil
        var time = (activityDurations[activity.attributes.activityType.name] ?? .zero) + faults.activityDelay()
        if faults.failsActivity() {
            outcome = .failed(
                FailureConverter().failure(
                    from: ApplicationFailure("injected by the test environment", type: "InjectedFault")))
        }
        if let limit, faults.timesOutActivity() { time = limit + .seconds(1) }
        if let limit, time > limit {
            time = limit
            outcome = .failed(.timeout(.startToClose, "activity StartToClose timeout"))
        }
        if let lastDetails { runs[runID]?.activities[scheduledID]?.heartbeatDetails = lastDetails }
        guard time > .zero else { return end(runID, scheduledID, outcome) }
        agenda.note(
            .activityEnds(runID: runID, scheduledID: scheduledID, attempt: activity.attempt, outcome),
            at: activity.startedTime + time)
    }

    mutating func heartbeat(
        _ request: Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatRequest
    ) throws(TemporalRPCError) -> Temporal_Api_Workflowservice_V1_RecordActivityTaskHeartbeatResponse {
        let (runID, scheduledID, activity) = try find(request.taskToken)
        if request.hasDetails { runs[runID]?.activities[scheduledID]?.heartbeatDetails = request.details }
        return .with { $0.cancelRequested = activity.isCancelRequested }
    }

    private func find(_ token: Data) throws(TemporalRPCError) -> (String, Int64, ServerActivity) {
        guard case .activity(let runID, let scheduledID, let attempt)? = TaskToken(token),
            let activity = runs[runID]?.activities[scheduledID], activity.attempt == attempt, activity.isStarted
        else { throw .taskNotFound }
        return (runID, scheduledID, activity)
    }

    func timestamp(at time: Duration) -> Google_Protobuf_Timestamp {
        let components = time.components
        return .init(
            seconds: startTime + components.seconds, nanos: Int32(components.attoseconds / 1_000_000_000))
    }
}
