import TemporalAPI

extension RetryPolicy {
    /// The delay before the attempt that follows one that failed, computed as the server does for ordinary activities.
    /// - Parameter attempt: the number of the attempt that failed, from 1.
    /// - Returns: nil when there is to be no further attempt.
    func delay(afterAttempt attempt: Int, failure: Failure) -> Duration? {
        guard maximumAttempts <= 0 || attempt < maximumAttempts else { return nil }
        guard !refuses(failure) else { return nil }
        let info = failure.applicationFailureInfo
        if info.hasNextRetryDelay { return Duration(info.nextRetryDelay) }
        let maximum = max(maximumInterval ?? initialInterval * 100, initialInterval)
        let coefficient = backoffCoefficient >= 1 ? backoffCoefficient : 2
        var delay = initialInterval
        // Bounded by the steps to the maximum, not by the number of attempts.
        for _ in 1..<max(attempt, 1) where delay < maximum && coefficient > 1 { delay = delay * coefficient }
        return min(delay, maximum)
    }

    /// True for failures that no further attempt may follow.
    func refuses(_ failure: Failure) -> Bool {
        let info = failure.applicationFailureInfo
        let type = info.type.lowercased()
        return info.nonRetryable || nonRetryableErrorTypes.contains { $0.lowercased() == type && !type.isEmpty }
    }
}
