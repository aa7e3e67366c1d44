import SwiftProtobuf
import TemporalAPI

/// An activity that the worker runs itself. Nothing is sent for it before it has ended; then a marker records how.
struct LocalActivityMachine: Machine {
    enum State: Equatable {
        /// To be run here, or running.
        case running
        /// Asked for in a replay: what came of it is in the history ahead, unless no worker ever saw it end.
        case awaitingMarker(isResolved: Bool, isCancelRequested: Bool)
        /// Ended here, with the marker not yet in history.
        case markerRequested(isSuccess: Bool)
        case recorded
    }

    private(set) var state: State
    let sequence: Int
    private let schedule: ScheduleLocalActivity
    /// The run's time when the code asked.
    private let scheduledAt: Google_Protobuf_Timestamp

    private var id: String { String(sequence) }

    static func schedule(
        sequence: Int, _ schedule: ScheduleLocalActivity, now: Google_Protobuf_Timestamp, isReplaying: Bool
    ) -> (LocalActivityMachine, [MachineOutput]) {
        let machine = LocalActivityMachine(
            state: isReplaying ? .awaitingMarker(isResolved: false, isCancelRequested: false) : .running,
            sequence: sequence, schedule: schedule, scheduledAt: now)
        return (machine, isReplaying ? [] : [machine.start])
    }

    var isFinal: Bool { state == .recorded }

    /// True when the marker was not made here: it concerns this machine in whatever order it comes.
    var isAwaitingMarker: Bool {
        if case .awaitingMarker = state { return true }
        return false
    }

    var isRunning: Bool {
        if case .running = state { return true }
        return false
    }

    private var start: MachineOutput { .startLocalActivity(.init(sequence: sequence, schedule: schedule)) }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        guard let marker = try LocalActivityMarker(event), marker.sequence == sequence else {
            throw Nondeterminism("local activity \(schedule.type) (\(id))", got: event, in: state)
        }
        guard marker.activityID == id, marker.activityType == schedule.type else {
            throw Nondeterminism(
                """
                history has local activity \(marker.activityType) with id \(marker.activityID), \
                the code \(schedule.type) with id \(id)
                """)
        }
        switch state {
        case .awaitingMarker:
            let outputs = resolve(marker)
            state = .recorded
            return outputs
        case .markerRequested(let isSuccess):
            guard isSuccess == marker.isSuccess else {
                throw Nondeterminism(
                    "local activity \(schedule.type) (\(id)) ended otherwise here than history has it")
            }
            state = .recorded
            return []
        case .running, .recorded:
            throw Nondeterminism("local activity \(schedule.type) (\(id))", got: event, in: state)
        }
    }

    /// A workflow task that nobody has answered yet begins: an activity without a marker by now has to be run here.
    mutating func beginLiveTask() -> [MachineOutput] {
        guard case .awaitingMarker(isResolved: false, let isCancelRequested) = state else { return [] }
        state = .running
        return isCancelRequested ? [.endLocalActivity(canceledMarker)] : [start]
    }

    mutating func resolve(_ marker: LocalActivityMarker) -> [MachineOutput] {
        var outputs = [MachineOutput.job(.resolveLocalActivity(sequence: sequence, result(of: marker)))]
        if let time = marker.completeTime { outputs.append(.moveClock(to: time)) }
        switch state {
        case .running:
            state = .markerRequested(isSuccess: marker.isSuccess)
            return outputs + [.marker(marker)]
        case .awaitingMarker(isResolved: false, let isCancelRequested):
            state = .awaitingMarker(isResolved: true, isCancelRequested: isCancelRequested)
            return outputs
        case .awaitingMarker, .markerRequested, .recorded: return []
        }
    }

    mutating func cancel() -> [MachineOutput] {
        switch state {
        case .running:
            switch schedule.options.cancellationType {
            // What asks it to cancel is here: to be asked and to end come together.
            case .waitCancellationRequested, .waitCancellationCompleted:
                return [.cancelLocalActivity(sequence: sequence)]
            case .tryCancel: return [.cancelLocalActivity(sequence: sequence), .endLocalActivity(canceledMarker)]
            case .abandon: return [.abandonLocalActivity(sequence: sequence), .endLocalActivity(canceledMarker)]
            }
        case .awaitingMarker(let isResolved, _):
            // The marker, if there is one, says what came of it.
            state = .awaitingMarker(isResolved: isResolved, isCancelRequested: true)
            return []
        case .markerRequested, .recorded: return []
        }
    }

    /// Cancels an activity that was never started.
    mutating func cancelUnstarted() -> [MachineOutput] {
        var marker = canceledMarker
        switch schedule.options.cancellationType {
        // Whoever would have waited for its end has it: it took no time.
        case .waitCancellationRequested, .waitCancellationCompleted: marker.completeTime = scheduledAt
        case .tryCancel, .abandon: break
        }
        return [.endLocalActivity(marker)]
    }

    /// The marker of an end told by whoever ran the activity.
    func marker(of resolution: LocalActivityResolution) -> LocalActivityMarker {
        LocalActivityMarker(
            sequence: sequence, attempt: resolution.attempt, activityID: id, activityType: schedule.type,
            completeTime: scheduledAt.advanced(by: resolution.runtime), backoff: resolution.backoff,
            originalScheduleTime: resolution.originalScheduleTime ?? schedule.originalScheduleTime ?? scheduledAt,
            result: resolution.result)
    }

    private var canceledMarker: LocalActivityMarker {
        LocalActivityMarker(
            sequence: sequence, attempt: schedule.attempt, activityID: id, activityType: schedule.type,
            completeTime: nil, backoff: nil, originalScheduleTime: schedule.originalScheduleTime ?? scheduledAt,
            result: .canceled(.activityCanceled))
    }

    private func result(of marker: LocalActivityMarker) -> LocalActivityResult {
        if let delay = marker.backoff {
            return .backoff(
                .init(
                    attempt: marker.attempt + 1, delay: delay, originalScheduleTime: marker.originalScheduleTime))
        }
        switch marker.result {
        case .completed(let payloads): return .ended(.completed(payloads))
        case .failed(let failure): return .ended(.failed(activityFailure(failure)))
        case .canceled(let failure): return .ended(.canceled(activityFailure(failure)))
        }
    }

    /// What the code sees, derived from the marker alone so that a replay sees the same.
    private func activityFailure(_ cause: Failure) -> Failure {
        if case .activityFailureInfo = cause.failureInfo { return cause }
        let (message, retryState): (String, RetryState) =
            switch cause.failureInfo {
            case .canceledFailureInfo: ("Local Activity cancelled", .cancelRequested)
            case .timeoutFailureInfo: ("Local Activity timed out", .timeout)
            case _ where (schedule.options.retryPolicy ?? RetryPolicy()).refuses(cause):
                ("local activity failed", .nonRetryableFailure)
            default: ("local activity failed", .maximumAttemptsReached)
            }
        let info = Temporal_Api_Failure_V1_ActivityFailureInfo.with {
            $0.activityType.name = schedule.type
            $0.activityID = id
            $0.retryState = retryState
        }
        return Failure(message, .activityFailureInfo(info), cause: cause)
    }
}

extension Google_Protobuf_Timestamp {
    fileprivate func advanced(by duration: Duration) -> Self {
        let (seconds, attoseconds) = duration.components
        let nanos = Int64(self.nanos) + attoseconds / 1_000_000_000
        return .init(seconds: self.seconds + seconds + nanos / 1_000_000_000, nanos: Int32(nanos % 1_000_000_000))
    }
}
