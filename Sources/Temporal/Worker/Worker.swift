import Foundation
public import Logging
import Metrics
public import ServiceLifecycle
import SwiftProtobuf
import Synchronization
import TemporalAPI

/// Serves a task queue: asks Temporal for tasks, drives workflows, runs activities.
///
/// ``run()`` serves until ``shutdown()``, until a graceful shutdown of its service group, or until the Swift task that runs it is cancelled.
/// All end in order: no new task is taken, what is under way is finished, activities that do not end in time are cancelled and handed back to
/// the server for another worker. A second of these makes it urgent: activities are cancelled at once, and nothing is waited for long.
public final class Worker: Service {
    let service: any WorkflowService
    let namespace: String
    let identity: String
    let configuration: WorkerConfiguration
    let workflows: [String: AnyWorkflow]
    let activities: Activities
    let interceptors: [any WorkerInterceptor]
    let converter: DataConverter
    let codecs: PayloadCodecs
    let logger: Logger
    let metrics: SDKMetrics
    let clock: WorkerClock
    let instanceKey = UUID().uuidString
    let stickyQueue: String
    let signal = ShutdownSignal()
    let polls: TaskSet
    let workflowWork: TaskSet
    let activityWork: TaskSet
    let workflowSlots: Slots
    let activitySlots: Slots
    /// Histories fetched at the same time.
    let fetchSlots = Slots(count: 5)
    let cache: RunCache
    let runningActivities: RunningActivities
    let localActivities: LocalActivityRunner
    let threads: [WorkflowThread]
    private let nextThread = Atomic<Int>(0)
    let serverScalesPollers = Atomic<Bool>(false)

    /// - Parameters:
    ///   - client: whose connection, namespace and converter the worker shares.
    ///   - workflows: the workflow types this worker drives; none makes it serve activities only.
    ///   - activities: the activities it runs; none makes it serve workflows only.
    ///   - interceptors: see what comes to workflows and activities, and what workflows ask for, the first one first.
    public convenience init(
        client: TemporalClient, configuration: WorkerConfiguration, workflows: [any Workflow.Type] = [],
        activities: Activities = .init(), interceptors: [any WorkerInterceptor] = [], logger: Logger
    ) {
        self.init(
            service: client.service, namespace: client.namespace, identity: client.identity,
            configuration: configuration, workflows: workflows, activities: activities, converter: client.converter,
            interceptors: interceptors, logger: logger)
    }

    package init(
        service: any WorkflowService, namespace: String, identity: String, configuration: WorkerConfiguration,
        workflows: [any Workflow.Type], activities: Activities, converter: DataConverter = .standard,
        interceptors: [any WorkerInterceptor] = [], logger: Logger
    ) {
        self.service = PayloadCodingService.wrap(service, converter)
        self.namespace = namespace
        self.identity = identity
        self.configuration = configuration
        let erased = workflows.map { AnyWorkflow($0, failureTypes: configuration.failureErrorTypes) }
        self.workflows = Dictionary(erased.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        var activities = activities
        activities.interceptors = interceptors
        self.activities = activities
        self.interceptors = interceptors
        self.converter = converter
        codecs = PayloadCodecs(converter.codecs)
        var logger = logger
        logger[metadataKey: "task_queue"] = "\(configuration.taskQueue)"
        self.logger = logger
        // Unique to this instance: a worker started again has nothing in memory, and must not get tasks as if it had.
        stickyQueue = "\(identity)-\(instanceKey)"
        clock = configuration.clock
        polls = TaskSet(clock: clock)
        workflowWork = TaskSet(clock: clock)
        activityWork = TaskSet(clock: clock)
        runningActivities = RunningActivities(clock: clock)
        metrics = SDKMetrics(
            factory: configuration.metricsFactory ?? MetricsSystem.factory,
            common: [.namespace: namespace, .taskQueue: configuration.taskQueue])
        workflowSlots = Slots(
            count: configuration.workflowSlots, isShared: configuration.keepsRuns,
            onChange: metrics.gauge(
                "WorkflowWorker", count: configuration.workflowSlots, poller: "workflow_task",
                stickyPoller: configuration.keepsRuns ? "sticky_workflow_task" : nil))
        activitySlots = Slots(
            count: configuration.maximumConcurrentActivities,
            onChange: metrics.gauge(
                "ActivityWorker", count: configuration.maximumConcurrentActivities, poller: "activity_task"))
        localActivities = LocalActivityRunner(
            activities: activities, slots: configuration.maximumConcurrentLocalActivities, converter: converter,
            logger: self.logger, metrics: metrics)
        cache = RunCache(capacity: configuration.maximumCachedWorkflows, metrics: metrics) { [logger] run in
            logger.warning(
                "workflow code could not be ended and was left behind; it swallows errors in a loop, or blocks",
                metadata: ["workflow_id": "\(run.workflowID)", "run_id": "\(run.runID)"])
        }
        threads = (0..<ProcessInfo.processInfo.activeProcessorCount).map { WorkflowThread(name: "workflows-\($0)") }
    }

    deinit {
        for thread in threads { thread.stop() }
    }

    func makeRun(for task: WorkflowTask, type: AnyWorkflow) -> CachedRun {
        let index = nextThread.wrappingAdd(1, ordering: .relaxed).newValue
        let (namespace, taskQueue) = (namespace, configuration.taskQueue)
        let (converter, interceptors, logger, isStrict) = (converter, interceptors, logger, configuration.isStrict)
        let options = RunOptions(
            recordsMetadata: service.capabilities.sdkMetadata, buildID: configuration.buildID,
            failureConverter: converter.failureConverter,
            nondeterminismFailsWorkflow: type.nondeterminismFailsWorkflow)
        return CachedRun(
            task: task, namespace: namespace, taskQueue: taskQueue, options: options,
            thread: threads[Int(index.magnitude % UInt(threads.count))], runner: localActivities
        ) {
            WorkflowRuntime(
                type: type, namespace: namespace, taskQueue: taskQueue, converter: converter,
                interceptors: interceptors, logger: logger, isStrict: isStrict)
        }
    }

    func scaling(_ behavior: PollerBehavior) -> PollerScaling {
        PollerScaling(behavior, serverSuggests: serverScalesPollers.load(ordering: .relaxed))
    }
}
