import Foundation
public import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI

/// Serves a task queue: asks Temporal for tasks, drives workflows, runs activities.
///
/// ``run()`` serves until ``shutdown()`` or until the Swift task that runs it is cancelled; both end in order: no new task is taken, what is
/// under way is finished, activities that do not end in time are cancelled and handed back to the server for another worker.
public final class Worker: Sendable {
    let service: any WorkflowService
    let namespace: String
    let identity: String
    let configuration: WorkerConfiguration
    let workflows: [String: AnyWorkflow]
    let activities: Activities
    let converter: DataConverter
    let codecs: PayloadCodecs
    let logger: Logger
    let instanceKey = UUID().uuidString
    let stickyQueue: String
    let gate = PollGate()
    let workflowSlots: Slots
    let activitySlots: Slots
    let cache: RunCache
    let runningActivities = RunningActivities()
    private let threads: [WorkflowThread]
    private let nextThread = Atomic<Int>(0)
    private let isShuttingDown = Atomic<Bool>(false)
    private let serverEndsPolls = Atomic<Bool>(false)

    /// - Parameters:
    ///   - client: whose connection, namespace and converter the worker shares.
    ///   - workflows: the workflow types this worker drives; none makes it serve activities only.
    ///   - activities: the activities it runs; none makes it serve workflows only.
    public convenience init(
        client: TemporalClient, configuration: WorkerConfiguration, workflows: [any Workflow.Type] = [],
        activities: Activities = .init(), logger: Logger
    ) {
        self.init(
            service: client.service, namespace: client.namespace, identity: client.identity,
            configuration: configuration, workflows: workflows, activities: activities, converter: client.converter,
            logger: logger)
    }

    package init(
        service: any WorkflowService, namespace: String, identity: String, configuration: WorkerConfiguration,
        workflows: [any Workflow.Type], activities: Activities, converter: DataConverter = .standard, logger: Logger
    ) {
        self.service = PayloadCodingService.wrap(service, converter)
        self.namespace = namespace
        self.identity = identity
        self.configuration = configuration
        let erased = workflows.map { AnyWorkflow($0) }
        self.workflows = Dictionary(erased.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        self.activities = activities
        self.converter = converter
        codecs = PayloadCodecs(converter.codecs)
        var logger = logger
        logger[metadataKey: "task_queue"] = "\(configuration.taskQueue)"
        self.logger = logger
        // Unique to this instance: a worker started again has nothing in memory, and must not get tasks as if it had.
        stickyQueue = "\(identity)-\(instanceKey)"
        workflowSlots = Slots(count: configuration.workflowSlots)
        activitySlots = Slots(count: configuration.maximumConcurrentActivities)
        cache = RunCache(capacity: configuration.maximumCachedWorkflows)
        threads = (0..<ProcessInfo.processInfo.activeProcessorCount).map { WorkflowThread(name: "workflows-\($0)") }
    }

    deinit {
        for thread in threads { thread.stop() }
    }

    /// Serves until shut down.
    /// - Throws: a ``TemporalRPCError`` when the namespace is not there or the server refuses the worker for good.
    public func run() async throws {
        let description = try await service.call(
            .describeNamespace, .with { $0.namespace = namespace }, .normal)
        serverEndsPolls.store(
            description.namespaceInfo.capabilities.workerPollCompleteOnShutdown, ordering: .relaxed)
        // Cancellation must not reach the tasks under way: it is turned into a shutdown in order.
        let serving = Task { await serve() }
        let failure = await withTaskCancellationHandler {
            await serving.value
        } onCancel: {
            Task { await self.shutdown() }
        }
        await cache.removeAll()
        if let failure { throw failure }
    }

    /// Begins to shut down; ``run()`` returns when that is done.
    public func shutdown() async {
        guard !isShuttingDown.exchange(true, ordering: .relaxed) else { return }
        gate.close()
        do {
            _ = try await service.call(
                .shutdownWorker,
                .with {
                    $0.namespace = namespace
                    $0.stickyTaskQueue = stickyQueue
                    $0.identity = identity
                    $0.reason = "graceful shutdown"
                    $0.workerInstanceKey = instanceKey
                    $0.taskQueue = configuration.taskQueue
                    $0.taskQueueTypes = [.workflow, .activity]
                }, .once(timeout: .seconds(5)))
        } catch {
            logger.debug("the server could not be told of the shutdown: \(error)")
        }
        // Where the server ends the polls itself, a task it has just matched is not lost.
        if serverEndsPolls.load(ordering: .relaxed) { await waitForPolls(atMost: .seconds(5)) }
        gate.cancelPolls()
        await runningActivities.drain(gracePeriod: configuration.activityGracePeriod)
    }

    private func waitForPolls(atMost limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.gate.waitUntilEmpty() }
            group.addTask {
                try? await Task.sleep(for: limit)
                self.gate.cancelPolls()
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// - Returns: what ended it, when it was not a shutdown.
    private func serve() async -> (any Error)? {
        let pollers = configuration.pollers
        var polls: [@Sendable () async throws -> Void] = []
        if !workflows.isEmpty {
            for _ in 0..<pollers.normal { polls.append { try await self.pollWorkflowTasks(sticky: false) } }
            for _ in 0..<pollers.sticky { polls.append { try await self.pollWorkflowTasks(sticky: true) } }
        }
        if !activities.bodies.isEmpty {
            for _ in 0..<configuration.activityPollers { polls.append { try await self.pollActivities() } }
        }
        return await withTaskGroup(of: (any Error)?.self) { group in
            for poll in polls {
                group.addTask {
                    do {
                        try await poll()
                        return nil
                    } catch {
                        await self.shutdown()
                        return error
                    }
                }
            }
            return await group.reduce(nil) { $0 ?? $1 }
        }
    }

    func makeRun(for task: WorkflowTask, type: AnyWorkflow) -> CachedRun {
        let index = nextThread.wrappingAdd(1, ordering: .relaxed).newValue
        let (namespace, taskQueue) = (namespace, configuration.taskQueue)
        let (converter, logger) = (converter, logger)
        return CachedRun(
            task: task, namespace: namespace, taskQueue: taskQueue,
            thread: threads[Int(index.magnitude % UInt(threads.count))]
        ) {
            WorkflowRuntime(
                type: type, namespace: namespace, taskQueue: taskQueue, converter: converter, logger: logger)
        }
    }
}
