import Foundation
import Metrics
import SwiftProtobuf
import TemporalAPI

extension Worker {
    /// A workflow task came, by a poll or with an answer.
    func noteReceived(_ task: PollWorkflowTask) {
        guard metrics.isCollected, task.hasScheduledTime, task.hasStartedTime else { return }
        metrics.record(.workflowTaskScheduleToStart, Date(task.scheduledTime).elapsed(until: Date(task.startedTime)))
    }

    func noteReceived(_ task: PollActivityTask, isEager: Bool) {
        guard metrics.isCollected else { return }
        metrics.count(
            .activityTaskReceived,
            [
                .activityType: task.activityType.name, .workflowType: task.workflowType.name,
                .eager: isEager ? "true" : "false",
            ])
        guard task.hasCurrentAttemptScheduledTime, task.hasStartedTime else { return }
        let scheduled = Date(task.currentAttemptScheduledTime)
        metrics.record(.activityScheduleToStart, scheduled.elapsed(until: Date(task.startedTime)))
    }

    /// The server has accepted an answer, and with it the end of the run, if it brings that.
    func noteAccepted(_ completion: Completion, of task: WorkflowTask) {
        guard metrics.isCollected, let end = completion.commands.last(where: \.isTerminal) else { return }
        switch end.attributes {
        case .completeWorkflowExecutionCommandAttributes:
            metrics.count(.workflowCompleted, [.workflowType: task.workflowType])
        case .cancelWorkflowExecutionCommandAttributes:
            metrics.count(.workflowCanceled, [.workflowType: task.workflowType])
        case .continueAsNewWorkflowExecutionCommandAttributes:
            metrics.count(.workflowContinueAsNew, [.workflowType: task.workflowType])
        case .failWorkflowExecutionCommandAttributes(let attributes) where !attributes.failure.isBenign:
            metrics.count(.workflowFailed, [.workflowType: task.workflowType])
        default: break
        }
        guard let start = completion.startTime else { return }
        metrics.record(
            .workflowEndToEnd, Date(start).elapsed(until: Date()), [.workflowType: task.workflowType])
    }

    func noteFailed(_ task: WorkflowTask, _ failure: WorkflowTaskFailure) {
        let reason =
            switch failure.cause {
            case .nonDeterministicError: "NonDeterminismError"
            case .grpcMessageTooLarge: "GrpcMessageTooLarge"
            default: "WorkflowError"
            }
        metrics.count(
            .workflowTaskExecutionFailed, [.workflowType: task.workflowType, .failureReason: reason])
    }

    func noteCompleted(_ activity: ActivityInfo) {
        guard metrics.isCollected, let scheduled = activity.scheduledTime else { return }
        metrics.record(.activitySucceedEndToEnd, scheduled.elapsed(until: Date()), activity.labels)
    }

    func noteFailed(_ activity: ActivityInfo, _ failure: Failure, _ reason: String) {
        guard !failure.isBenign else { return }
        metrics.count(
            .activityExecutionFailed,
            [
                .activityType: activity.activityType, .workflowType: activity.workflowType,
                .failureReason: reason,
            ])
    }
}

extension SDKMetrics {
    static let none = SDKMetrics(factory: NOOPMetricsHandler.instance, common: [:])

    /// Tells the gauges of permits and of the polls that hold some what changed.
    /// - Parameters:
    ///   - poller: what the polls of the normal kind are for; nil when nothing is polled for.
    ///   - stickyPoller: the same of the others.
    func gauge(
        _ workerType: String, count: Int, poller: String? = nil, stickyPoller: String? = nil
    ) -> (@Sendable (PollBalance) -> Void)? {
        guard isCollected else { return nil }
        return { balance in
            // A permit that waits for a task is not in use.
            let used = count - balance.free - balance.normalPolls - balance.stickyPolls
            set(.slotsUsed, used, [.workerType: workerType])
            set(.slotsAvailable, count - used, [.workerType: workerType])
            if let poller { set(.pollers, balance.normalPolls, [.pollerType: poller]) }
            if let stickyPoller { set(.pollers, balance.stickyPolls, [.pollerType: stickyPoller]) }
        }
    }
}

extension ActivityInfo {
    var labels: SDKMetrics.Labels { [.activityType: activityType, .workflowType: workflowType] }
}

extension Failure {
    /// True for a failure that is part of the normal course.
    var isBenign: Bool { applicationFailureInfo.category == .benign }
}

extension Date {
    func elapsed(until end: Date) -> Duration { .seconds(end.timeIntervalSince(self)) }
}
