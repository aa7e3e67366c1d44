import Foundation
import Logging
import SwiftProtobuf
import TemporalAPI

extension Worker {
    /// What asks for activities until the worker shuts down.
    func activityPoller() -> Poller<PollActivityTask> {
        let request = Temporal_Api_Workflowservice_V1_PollActivityTaskQueueRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.workerInstanceKey = instanceKey
            $0.taskQueue.name = configuration.taskQueue
            $0.taskQueue.kind = .normal
            if let versionCapabilities { $0.workerVersionCapabilities = versionCapabilities }
            if let rate = configuration.maximumTaskQueueActivitiesPerSecond {
                $0.taskQueueMetadata.maxTasksPerSecond = .init(rate)
            }
        }
        return Poller(
            kind: .normal, polls: polls, slots: activitySlots,
            allowance: PollerAllowance(scaling(configuration.activityPollers), clock: clock),
            pace: configuration.maximumActivitiesPerSecond.map { RateLimiter(perSecond: $0, clock: clock) },
            ask: { [service] in try await service.call(.pollActivityTaskQueue, request, $0) },
            advice: { .init($0) },
            take: { task in
                guard !task.taskToken.isEmpty else {
                    self.metrics.count(.activityPollNoTask)
                    return false
                }
                self.start(task)
                return true
            },
            fail: { self.signal.raise($0) })
    }

    /// Runs an activity for which a permit was taken.
    /// - Parameter isEager: true when it came with the answer to a workflow task.
    func start(_ task: PollActivityTask, isEager: Bool = false) {
        noteReceived(task, isEager: isEager)
        activityWork.start {
            await self.execute(task)
            self.activitySlots.release()
        }
    }

    private func execute(_ received: PollActivityTask) async {
        var task = received
        var undecodable: (any Error)?
        do {
            task = try await codecs.decode(received, "activity \(received.activityType.name)")
        } catch {
            undecodable = error
        }
        let info = ActivityInfo(task, taskQueue: configuration.taskQueue)
        let cancellation = ActivityCancellation()
        let heartbeats = HeartbeatReporter(timeout: info.heartbeatTimeout, clock: clock, cancellation: cancellation) {
            await self.heartbeat(received.taskToken, $0, within: $1)
        }
        let context = ActivityContext(
            info: info, logger: logger, converter: converter, heartbeats: heartbeats, cancellation: cancellation)
        let running = Task { [activities, converter, task, undecodable] in
            if let undecodable { throw undecodable }
            return try await activities.body(of: info.activityType)(task.input, context, converter)
        }
        cancellation.whenCancelled { running.cancel() }
        let began = clock.now()
        let id = runningActivities.add(cancellation, due: due(info, heartbeats))
        let result = await running.result
        runningActivities.remove(id)
        metrics.record(.activityExecution, clock.now() - began, info.labels)
        await report(
            result, of: context, token: task.taskToken, reason: cancellation.reason, unsent: await heartbeats.stop())
    }

    /// When the server has long given up on an attempt, which must not hold its slot for ever; later after each heartbeat.
    /// - Returns: nil when it has no limit.
    private func due(_ info: ActivityInfo, _ heartbeats: HeartbeatReporter) -> (@Sendable () -> Duration)? {
        guard info.startToClose != nil || info.heartbeatTimeout != nil else { return nil }
        let allowance: Duration = .seconds(5)
        let end = info.startToClose.map { clock.now() + $0 + allowance }
        return {
            let silenceEnd = info.heartbeatTimeout.map { heartbeats.lastBeat + $0 + allowance }
            return [end, silenceEnd].compactMap(\.self).min() ?? .zero
        }
    }

    private func heartbeat(
        _ token: Data, _ details: Payloads, within limit: Duration
    ) async -> ActivityCancellationReason? {
        do {
            let response = try await service.call(
                .recordActivityTaskHeartbeat,
                .with {
                    $0.taskToken = token
                    $0.identity = identity
                    $0.namespace = namespace
                    if !details.payloads.isEmpty { $0.details = details }
                }, .bounded(limit))
            if response.cancelRequested { return .cancelRequested }
            if response.activityReset { return .reset }
            return response.activityPaused ? .paused : nil
        } catch let error as TemporalRPCError where error.code == .notFound {
            return .gone
        } catch {
            logger.debug("heartbeat not sent; the next one says as much: \(error)")
            return nil
        }
    }
}
