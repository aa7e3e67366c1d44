package import Metrics
import Synchronization

/// What a worker or client counts and times, under the names and labels every Temporal SDK uses, so that dashboards made for one
/// fit the others. See https://docs.temporal.io/references/sdk-metrics.
package struct SDKMetrics: Sendable {
    package enum Count: String, Sendable, CaseIterable {
        case workflowCompleted = "workflow_completed"
        case workflowCanceled = "workflow_canceled"
        case workflowFailed = "workflow_failed"
        case workflowContinueAsNew = "workflow_continue_as_new"
        case workflowTaskQueuePollEmpty = "workflow_task_queue_poll_empty"
        case workflowTaskQueuePollSucceed = "workflow_task_queue_poll_succeed"
        case workflowTaskExecutionFailed = "workflow_task_execution_failed"
        case activityPollNoTask = "activity_poll_no_task"
        case activityTaskReceived = "activity_task_received"
        case activityExecutionFailed = "activity_execution_failed"
        case activityExecutionCancelled = "activity_execution_cancelled"
        case localActivityTotal = "local_activity_total"
        case localActivityExecutionFailed = "local_activity_execution_failed"
        case localActivityExecutionCancelled = "local_activity_execution_cancelled"
        case stickyCacheHit = "sticky_cache_hit"
        case stickyCacheMiss = "sticky_cache_miss"
        case stickyCacheTotalForcedEviction = "sticky_cache_total_forced_eviction"
        case workerStart = "worker_start"
        case request
        case requestFailure = "request_failure"
        case longRequest = "long_request"
        case longRequestFailure = "long_request_failure"
    }

    package enum Latency: String, Sendable, CaseIterable {
        case workflowEndToEnd = "workflow_endtoend_latency"
        case workflowTaskScheduleToStart = "workflow_task_schedule_to_start_latency"
        case workflowTaskReplay = "workflow_task_replay_latency"
        case workflowTaskExecution = "workflow_task_execution_latency"
        case activityScheduleToStart = "activity_schedule_to_start_latency"
        case activityExecution = "activity_execution_latency"
        case activitySucceedEndToEnd = "activity_succeed_endtoend_latency"
        case localActivityExecution = "local_activity_execution_latency"
        case localActivitySucceedEndToEnd = "local_activity_succeed_endtoend_latency"
        case request = "request_latency"
        case longRequest = "long_request_latency"
    }

    package enum Level: String, Sendable, CaseIterable {
        case pollers = "num_pollers"
        case slotsAvailable = "worker_task_slots_available"
        case slotsUsed = "worker_task_slots_used"
        case stickyCacheSize = "sticky_cache_size"
    }

    package enum Label: String, Sendable {
        case namespace, operation
        case taskQueue = "task_queue"
        case workflowType = "workflow_type"
        case activityType = "activity_type"
        case workerType = "worker_type"
        case pollerType = "poller_type"
        case failureReason = "failure_reason"
        case statusCode = "status_code"
        case eager
    }

    package typealias Labels = KeyValuePairs<Label, String>

    package static let prefix = "temporal_"

    private let factory: any MetricsFactory
    private let common: [(String, String)]
    private let handles: Handles
    /// False when the process collects no metrics: then nothing is looked up either.
    package let isCollected: Bool

    package init(factory: any MetricsFactory, common: Labels) {
        self.factory = factory
        self.common = common.map { ($0.key.rawValue, $0.value) }
        handles = Handles()
        isCollected = !(factory is NOOPMetricsHandler)
    }

    package func count(_ counter: Count, _ labels: @autoclosure () -> Labels = [:], by amount: Int = 1) {
        guard isCollected else { return }
        handle(counter.rawValue, labels(), in: \.counters) {
            Counter(label: $0, dimensions: $1, factory: factory)
        }.increment(by: amount)
    }

    package func record(_ latency: Latency, _ duration: Duration, _ labels: @autoclosure () -> Labels = [:]) {
        guard isCollected else { return }
        handle(latency.rawValue, labels(), in: \.timers) {
            Timer(label: $0, dimensions: $1, preferredDisplayUnit: .milliseconds, factory: factory)
        }.recordNanoseconds(duration.clampedNanoseconds)
    }

    package func set(_ level: Level, _ value: Int, _ labels: @autoclosure () -> Labels = [:]) {
        guard isCollected else { return }
        handle(level.rawValue, labels(), in: \.meters) {
            Meter(label: $0, dimensions: $1, factory: factory)
        }.set(value)
    }

    private func handle<Handle: Sendable>(
        _ name: String, _ labels: Labels, in kind: WritableKeyPath<Handles.Kinds, [String: Handle]>,
        make: (String, [(String, String)]) -> Handle
    ) -> Handle {
        let key = labels.reduce(into: name) { $0 += "\u{0}\($1.value)" }
        return handles.kinds.withLock { kinds in
            if let known = kinds[keyPath: kind][key] { return known }
            let made = make(Self.prefix + name, common + labels.map { ($0.key.rawValue, $0.value) })
            kinds[keyPath: kind][key] = made
            return made
        }
    }

    /// Metrics are made once for each combination of labels: making one is far slower than using it.
    private final class Handles: Sendable {
        struct Kinds {
            var counters: [String: Counter] = [:]
            var timers: [String: Timer] = [:]
            var meters: [String: Meter] = [:]
        }

        let kinds = Mutex(Kinds())
    }
}
