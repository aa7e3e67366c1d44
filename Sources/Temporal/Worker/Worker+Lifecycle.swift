import Foundation
import Logging
import ServiceLifecycle
import SwiftProtobuf
import Synchronization
import TemporalAPI

extension Worker {
    /// Serves until shut down.
    /// - Throws: a ``TemporalRPCError`` when the namespace is not there or the server refuses the worker for good.
    public func run() async throws {
        let description = try await service.call(.describeNamespace, .with { $0.namespace = namespace }, .normal)
        let capabilities = description.namespaceInfo.capabilities
        serverScalesPollers.store(capabilities.pollerAutoscaling, ordering: .relaxed)
        // Cancellation must not reach the tasks under way: it is turned into a shutdown in order.
        let serving = Task { await serve(serverEndsPolls: capabilities.workerPollCompleteOnShutdown) }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await serving.value
            } onGracefulShutdown: {
                self.signal.raise()
            }
        } onCancel: {
            signal.raise()
        }
        if let failure = signal.failure { throw failure }
    }

    /// Begins to shut down, and returns at once; ``run()`` returns when that is done. Asked for again, it becomes urgent.
    public func shutdown() { signal.raise() }

    private func serve(serverEndsPolls: Bool) async {
        let hurry = HurriedEnd(
            polls: polls, work: [workflowWork, activityWork], activities: runningActivities,
            localActivities: localActivities, clock: clock)
        signal.whenUrgent { hurry.begin() }
        let watchdog = Task { [threads, configuration] in
            await WorkflowThread.watch(threads, limit: configuration.deadlockTimeout)
        }
        metrics.count(.workerStart)
        offerEagerStarts()
        let pollers = startPollers()
        await signal.wait()

        withdrawEagerStarts()
        polls.close()
        for poller in pollers { poller.cancel() }
        // Before the polls are waited for: it is what makes the server end them.
        await announceShutdown()
        // Where the server ends the polls itself, a task it has just matched is not lost.
        if serverEndsPolls { await polls.waitUntilEmpty(atMost: .seconds(5)) }
        polls.cancelAll()
        await polls.waitUntilEmpty(atMost: .seconds(5))

        // Workflow tasks wait for their local activities.
        localActivities.end(after: configuration.activityGracePeriod)
        await workflowWork.waitUntilEmpty()
        localActivities.end()
        await cache.removeAll()
        await activityWork.waitUntilEmpty(atMost: configuration.activityGracePeriod)
        runningActivities.end()
        if !(await activityWork.waitUntilEmpty()) {
            logger.warning("\(activityWork.count) activities did not end when cancelled and are left behind")
        }
        watchdog.cancel()
    }

    /// What an urgent shutdown does to the waits of an orderly one.
    private struct HurriedEnd: Sendable {
        let polls: TaskSet
        let work: [TaskSet]
        let activities: RunningActivities
        let localActivities: LocalActivityRunner
        let clock: WorkerClock

        func begin() {
            // Closed, the failure of a poll is no failure of the worker; the orderly end may not have come that far yet.
            polls.close()
            polls.cancelAll()
            activities.end()
            localActivities.end()
            Task {
                try? await clock.sleep(.seconds(1))
                for tasks in [polls] + work { tasks.giveUp() }
            }
        }
    }

    private func startPollers() -> [Task<Void, Never>] {
        var pollers: [Task<Void, Never>] = []
        if !workflows.isEmpty {
            let kinds: [PollKind] = configuration.keepsRuns ? [.normal, .sticky] : [.normal]
            pollers += kinds.map { kind in
                let poller = workflowPoller(kind)
                return Task { await poller.run() }
            }
        }
        if !activities.isEmpty {
            let poller = activityPoller()
            pollers.append(Task { await poller.run() })
        }
        return pollers
    }

    private func announceShutdown() async {
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
                    if !workflows.isEmpty { $0.taskQueueTypes.append(.workflow) }
                    if !activities.isEmpty { $0.taskQueueTypes.append(.activity) }
                }, .once(timeout: .seconds(5)))
        } catch {
            logger.debug("the server could not be told of the shutdown: \(error)")
        }
    }
}
