import Temporal
import TemporalAPI

/// An activity that was scheduled and has not ended.
struct ServerActivity {
    let attributes: Temporal_Api_History_V1_ActivityTaskScheduledEventAttributes
    let scheduledTime: Duration
    var attempt: Int32 = 1
    /// True while a worker has it.
    var isStarted = false
    var startedTime = Duration.zero
    var isCancelRequested = false
    var lastFailure: Failure?
    var heartbeatDetails = Payloads()

    /// Whether the server tries again after `failure`, and if so after how long.
    func decision(after failure: Failure, now: Duration) -> RetryDecision {
        let policy = attributes.retryPolicy
        if isCancelRequested { return .end(.cancelRequested) }
        switch failure.failureInfo {
        case .applicationFailureInfo(let info)
        where info.nonRetryable || policy.nonRetryableErrorTypes.contains(info.type):
            return .end(.nonRetryableFailure)
        case .timeoutFailureInfo(let info) where info.timeoutType != .startToClose && info.timeoutType != .heartbeat:
            return .end(.nonRetryableFailure)
        case .terminatedFailureInfo, .canceledFailureInfo: return .end(.nonRetryableFailure)
        default: break
        }
        if policy.maximumAttempts > 0, attempt >= policy.maximumAttempts { return .end(.maximumAttemptsReached) }
        var delay = RetryDecision.delay(policy, attempt: attempt)
        if failure.applicationFailureInfo.hasNextRetryDelay {
            delay = Duration(failure.applicationFailureInfo.nextRetryDelay)
        }
        if attributes.hasScheduleToCloseTimeout,
            now + delay >= scheduledTime + Duration(attributes.scheduleToCloseTimeout)
        {
            return .end(.timeout)
        }
        return .retry(after: delay)
    }
}

/// What ended one attempt of an activity.
enum ActivityOutcome {
    case completed(Payloads)
    case failed(Failure)
    case canceled(Payloads)
}

enum RetryDecision {
    case retry(after: Duration)
    case end(RetryState)

    /// The pause after a failed attempt, by the policy or by the server's defaults.
    static func delay(_ policy: Temporal_Api_Common_V1_RetryPolicy, attempt: Int32) -> Duration {
        let initial = policy.hasInitialInterval ? Duration(policy.initialInterval) : .seconds(1)
        let coefficient = policy.backoffCoefficient >= 1 ? policy.backoffCoefficient : 2
        let maximum = policy.hasMaximumInterval ? Duration(policy.maximumInterval) : initial * 100
        var delay = initial
        for _ in 1..<max(attempt, 1) where delay < maximum { delay = min(delay * coefficient, maximum) }
        return min(delay, maximum)
    }
}
