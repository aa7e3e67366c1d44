import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI

extension Worker {
    /// Asks for activities until the worker shuts down, and finishes those it got.
    func pollActivities() async throws {
        let request = Temporal_Api_Workflowservice_V1_PollActivityTaskQueueRequest.with {
            $0.namespace = namespace
            $0.identity = identity
            $0.workerInstanceKey = instanceKey
            $0.taskQueue.name = configuration.taskQueue
            $0.taskQueue.kind = .normal
        }
        // The group holds the work in hand; an error must not pass through it, because that would cancel the work.
        let fatal: (any Error)? = await withDiscardingTaskGroup { group in
            while !gate.isClosed {
                do {
                    try await activitySlots.acquire()
                } catch {
                    return nil
                }
                do {
                    let task = try await gate.poll { [service] in
                        try await service.call(.pollActivityTaskQueue, request, .workerPoll)
                    }
                    guard !task.taskToken.isEmpty else {
                        activitySlots.release()
                        continue
                    }
                    group.addTask {
                        await self.execute(task)
                        self.activitySlots.release()
                    }
                } catch {
                    activitySlots.release()
                    return gate.isClosed ? nil : error
                }
            }
            return nil
        }
        if let fatal { throw fatal }
    }

    private func execute(_ received: PollActivityTask) async {
        let task: PollActivityTask
        do {
            task = try await codecs.decode(received, "activity \(received.activityType.name)")
        } catch {
            return await report(.failure(error), of: received, verdict: nil, lastDetails: nil)
        }
        // The task is made after the reporter it is cancelled by, hence the box.
        let cancel = Mutex<(@Sendable () -> Void)?>(nil)
        let heartbeats = HeartbeatReporter(
            timeout: Duration(task.heartbeatTimeout),
            send: { await self.heartbeat(task.taskToken, $0) },
            end: { cancel.withLock { $0 }?() })
        let context = ActivityContext(task, converter: converter, heartbeats: heartbeats)
        let body = activities.bodies[task.activityType.name]
        let known = activities.names.joined(separator: ", ")
        let running = Task { [converter] in
            guard let body else {
                throw ApplicationFailure(
                    "activity \(task.activityType.name) is not registered with this worker; registered are \(known)",
                    type: "NotFoundError")
            }
            return try await body(task.input, context, converter)
        }
        cancel.withLock { $0 = { running.cancel() } }
        runningActivities.add(task.taskToken) { running.cancel() }
        let overdue = endWhenOverdue(task, running)
        let result = await running.result
        overdue?.cancel()
        runningActivities.remove(task.taskToken)
        let details = await heartbeats.stop()
        await report(result, of: task, verdict: await heartbeats.verdict, lastDetails: details)
    }

    /// Cancels an attempt the server has long given up on, so that it does not hold its slot for ever.
    private func endWhenOverdue(_ task: PollActivityTask, _ running: Task<Payloads, any Error>) -> Task<
        Void, any Error
    >? {
        let limit = Duration(task.startToCloseTimeout)
        guard limit > .zero else { return nil }
        return Task {
            try await Task.sleep(for: limit + .seconds(5))
            running.cancel()
        }
    }

    private func heartbeat(_ token: Data, _ details: Payloads) async -> HeartbeatReporter.Verdict? {
        do {
            let response = try await service.call(
                .recordActivityTaskHeartbeat,
                .with {
                    $0.taskToken = token
                    $0.identity = identity
                    $0.namespace = namespace
                    if !details.payloads.isEmpty { $0.details = details }
                }, .normal)
            return response.cancelRequested ? .cancelRequested : nil
        } catch let error as TemporalRPCError where error.code == .notFound {
            return .gone
        } catch {
            logger.debug("heartbeat not sent: \(error)")
            return nil
        }
    }

    /// The server never tries a cancelled activity again, so a cancellation that nobody asked for must not look like one.
    private func reportable(_ error: any Error) -> any Error {
        guard error.isCancellation else { return error }
        return runningActivities.isEnding
            ? ApplicationFailure("the worker shut down before the activity ended", type: "WorkerShutdown")
            : ApplicationFailure("the attempt was cancelled: \(error)", type: "CancellationError")
    }

    private func report(
        _ result: Result<Payloads, any Error>, of task: PollActivityTask, verdict: HeartbeatReporter.Verdict?,
        lastDetails: Payloads?
    ) async {
        do {
            switch result {
            case .success(let payloads):
                _ = try await service.call(
                    .respondActivityTaskCompleted,
                    .with {
                        $0.taskToken = task.taskToken
                        $0.identity = identity
                        $0.namespace = namespace
                        if !payloads.payloads.isEmpty { $0.result = payloads }
                    }, .normal)
            case .failure where verdict == .gone: break
            case .failure(let error) where error.isCancellation && verdict == .cancelRequested:
                _ = try await service.call(
                    .respondActivityTaskCanceled,
                    .with {
                        $0.taskToken = task.taskToken
                        $0.identity = identity
                        $0.namespace = namespace
                        if let details = (error as? CanceledFailure)?.details { $0.details.payloads = details }
                    }, .normal)
            case .failure(let error):
                let reported = reportable(error)
                logger.debug("activity failed: \(reported)", metadata: ["activity": "\(task.activityType.name)"])
                _ = try await service.call(
                    .respondActivityTaskFailed,
                    .with {
                        $0.taskToken = task.taskToken
                        $0.identity = identity
                        $0.namespace = namespace
                        $0.failure = converter.failureConverter.failure(from: reported)
                        if let lastDetails { $0.lastHeartbeatDetails = lastDetails }
                    }, .normal)
            }
        } catch let error as PayloadCodecError where !result.isCodecFailure {
            await report(.failure(error), of: task, verdict: verdict, lastDetails: nil)
        } catch {
            // The server times the attempt out and has it tried again; activities are idempotent.
            logger.warning(
                "activity result not reported: \(error)", metadata: ["activity": "\(task.activityType.name)"])
        }
    }
}

extension Result {
    fileprivate var isCodecFailure: Bool {
        guard case .failure(let error) = self else { return false }
        return error is PayloadCodecError
    }
}

extension ActivityContext {
    fileprivate init(_ task: PollActivityTask, converter: DataConverter, heartbeats: HeartbeatReporter) {
        let limit = Duration(task.startToCloseTimeout)
        self.init(
            activityType: task.activityType.name, activityID: task.activityID,
            workflowID: task.workflowExecution.workflowID, runID: task.workflowExecution.runID,
            attempt: Int(task.attempt),
            deadline: limit > .zero && task.hasStartedTime ? Date(task.startedTime) + limit.timeInterval : nil,
            lastHeartbeatDetails: task.heartbeatDetails.payloads, converter: converter, heartbeats: heartbeats)
    }
}

extension Duration {
    fileprivate var timeInterval: TimeInterval {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
