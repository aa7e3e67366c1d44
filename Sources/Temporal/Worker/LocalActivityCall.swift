import Foundation
import Logging
import SwiftProtobuf
import TemporalAPI

/// One call of a local activity, with all its attempts. Cancelling the task that runs it cancels the activity, for the reason there is by
/// then.
struct LocalActivityCall: Sendable {
    private enum AttemptEnd {
        case ended(Result<Payloads, any Error>)
        case timedOut(TimeoutType)
    }

    let request: LocalActivityRequest
    /// Whose it is.
    let origin: LocalActivityInbox
    let cancellation: ActivityCancellation
    let activities: Activities
    let slots: Slots
    let converter: DataConverter
    let logger: Logger
    let metrics: SDKMetrics
    /// Called before each delay that another attempt follows.
    let onRetry: @Sendable () -> Void

    private var options: LocalActivityOptions { request.schedule.options }
    private var labels: SDKMetrics.Labels {
        [.activityType: request.schedule.type, .workflowType: origin.workflowType]
    }

    func run() async -> LocalActivityResolution {
        let start = ContinuousClock.now
        let scheduled = request.schedule.originalScheduleTime ?? Google_Protobuf_Timestamp(date: Date())
        // Counted from the first attempt of all, which another worker may have made.
        let deadline = options.scheduleToClose.map {
            start + ($0 - .seconds(Date().timeIntervalSince(Date(scheduled))))
        }
        var resolution = LocalActivityResolution(
            sequence: request.sequence, attempt: max(1, request.schedule.attempt), result: .completed(.init()),
            originalScheduleTime: scheduled)
        while true {
            var info = info(scheduled: Date(scheduled))
            info.attempt = resolution.attempt
            (resolution.result, resolution.backoff) = await attempt(info, before: deadline)
            resolution.runtime = .now - start
            if case .completed = resolution.result {
                metrics.record(.localActivitySucceedEndToEnd, Date(scheduled).elapsed(until: Date()), labels)
            }
            guard let delay = resolution.backoff, delay <= options.localRetryThreshold else { return resolution }
            resolution.backoff = nil
            onRetry()
            if let end = await wait(delay, before: deadline) {
                resolution.result = end
                resolution.runtime = .now - start
                return resolution
            }
            resolution.attempt += 1
        }
    }

    /// - Returns: how the attempt ended, and the delay before the next, if there is to be one.
    private func attempt(
        _ info: ActivityInfo, before deadline: ContinuousClock.Instant?
    ) async -> (OperationResult, backoff: Duration?) {
        if let end = await acquireSlot(before: deadline) { return (end, nil) }
        let failure: Failure
        metrics.count(.localActivityTotal, labels)
        let began = ContinuousClock.now
        let end = await execute(info, before: deadline)
        metrics.record(.localActivityExecution, .now - began, labels)
        switch end {
        case .ended(.success(let payloads)): return (.completed(payloads), nil)
        case .ended(.failure(let error)) where error.isCancellation && Task.isCancelled:
            metrics.count(.localActivityExecutionCancelled, labels)
            return (.canceled(converter.failureConverter.failure(from: error)), nil)
        case .ended(.failure(let error)):
            // A cancellation that nobody asked for must not look like one.
            let reported: any Error =
                error.isCancellation
                ? ApplicationFailure("the attempt was cancelled: \(error)", type: "CancellationError") : error
            failure = converter.failureConverter.failure(from: reported)
        case .timedOut(.startToClose): failure = timeout(.startToClose)
        case .timedOut(let type):
            noteFailure()
            return (.failed(timeout(type)), nil)
        }
        if !failure.isBenign { noteFailure() }
        let policy = options.retryPolicy ?? RetryPolicy()
        return (.failed(failure), Task.isCancelled ? nil : policy.delay(afterAttempt: info.attempt, failure: failure))
    }

    private func noteFailure() {
        metrics.count(
            .localActivityExecutionFailed,
            [
                .activityType: request.schedule.type, .workflowType: origin.workflowType,
                .failureReason: "ActivityError",
            ])
    }

    /// Waits for room.
    /// - Returns: nil when there is room, else how the activity ends without it.
    private func acquireSlot(before deadline: ContinuousClock.Instant?) async -> OperationResult? {
        let (limit, type) = earlier(options.scheduleToStart, .scheduleToStart, deadline)
        if let limit, limit <= .now { return .failed(timeout(type)) }
        if !Task.isCancelled, slots.acquireAtOnce(.normal) {
            slots.endPoll()
            return nil
        }
        let acquiring = Task { try await slots.acquire() }
        let timer = limit.map { Deadlines.shared.call(at: $0) { acquiring.cancel() } }
        defer { timer.map(Deadlines.shared.callOff) }
        let result = await withTaskCancellationHandler {
            await acquiring.result
        } onCancel: {
            acquiring.cancel()
        }
        switch result {
        case .success:
            slots.endPoll()
            return nil
        case .failure: return Task.isCancelled ? canceled : .failed(timeout(type))
        }
    }

    /// Runs the activity's code once. An attempt that takes too long is cancelled and left behind, and keeps its slot until it ends.
    private func execute(_ info: ActivityInfo, before deadline: ContinuousClock.Instant?) async -> AttemptEnd {
        let (limit, type) = earlier(options.startToClose, .startToClose, deadline)
        let end = FirstValue<AttemptEnd>()
        let attempt = ActivityCancellation()
        let body = Task {
            defer { slots.release() }
            end.offer(.ended(await perform(info, limit: limit, attempt)))
        }
        attempt.whenCancelled { body.cancel() }
        let timer = limit.map { limit in
            Deadlines.shared.call(at: limit) {
                end.offer(.timedOut(type))
                attempt.cancel(.timedOut)
            }
        }
        defer { timer.map(Deadlines.shared.callOff) }
        return await withTaskCancellationHandler {
            await end.value
        } onCancel: {
            attempt.cancel(cancellation.reason ?? .cancelRequested)
        }
    }

    /// What an attempt that begins now is told, as far as it is known before there is room for it.
    private func info(scheduled: Date) -> ActivityInfo {
        var info = ActivityInfo(
            activityType: request.schedule.type, activityID: String(request.sequence), workflowID: origin.workflowID,
            runID: origin.runID)
        info.isLocal = true
        info.taskQueue = origin.taskQueue
        info.workflowNamespace = origin.namespace
        info.workflowType = origin.workflowType
        info.scheduledTime = scheduled
        info.currentAttemptScheduledTime = Date()
        info.scheduleToClose = options.scheduleToClose
        info.retryPolicy = options.retryPolicy ?? RetryPolicy()
        return info
    }

    private func perform(
        _ info: ActivityInfo, limit: ContinuousClock.Instant?, _ attempt: ActivityCancellation
    ) async -> Result<Payloads, any Error> {
        var info = info
        info.startedTime = Date()
        info.startToClose = limit.map { $0 - .now }
        let schedule = request.schedule
        info.headers = schedule.headers
        // A local activity is known to be alive as long as its worker is.
        let heartbeats = HeartbeatReporter(timeout: nil, clock: .system, cancellation: attempt) { _, _ in nil }
        let context = ActivityContext(
            info: info, logger: logger, converter: converter, heartbeats: heartbeats, cancellation: attempt)
        let result: Result<Payloads, any Error>
        do {
            result = .success(try await activities.body(of: schedule.type)(schedule.input, context, converter))
        } catch {
            result = .failure(error)
        }
        _ = await heartbeats.stop()
        return result
    }

    private func wait(_ delay: Duration, before deadline: ContinuousClock.Instant?) async -> OperationResult? {
        let due = ContinuousClock.now + delay
        do {
            try await Task.sleep(until: min(due, deadline ?? due), clock: .continuous)
        } catch {
            return canceled
        }
        return deadline.map { $0 < due } == true ? .failed(timeout(.scheduleToClose)) : nil
    }

    /// The earlier of a limit that begins now and the end of all attempts.
    private func earlier(
        _ limit: Duration?, _ type: TimeoutType, _ deadline: ContinuousClock.Instant?
    ) -> (ContinuousClock.Instant?, TimeoutType) {
        guard let limit else { return (deadline, .scheduleToClose) }
        let end = ContinuousClock.now + limit
        guard let deadline, deadline < end else { return (end, type) }
        return (deadline, .scheduleToClose)
    }

    /// How an activity ends that was cancelled while none of its code was running.
    private var canceled: OperationResult { .canceled(.activityCanceled) }

    private func timeout(_ type: TimeoutType) -> Failure {
        Failure("Activity timed out", .timeoutFailureInfo(.with { $0.timeoutType = type }))
    }
}
