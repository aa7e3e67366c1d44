/// Whether and when a failed call is made again. A pure value: it neither waits nor reads a clock.
///
/// The delays grow geometrically from `initialDelay` to `maximumDelay`. A RESOURCE_EXHAUSTED server gets at least the
/// delays of `throttled`, so that clients don't hold it under.
package struct RPCRetryPolicy: Sendable, Hashable {
    /// What to do after a failure.
    package enum Decision: Sendable, Hashable {
        /// Make the call again after this delay.
        case retry(after: Duration)
        /// Hand the error to the caller.
        case stop
    }

    /// Delays that grow by a factor up to a maximum.
    package struct Backoff: Sendable, Hashable {
        package var initialDelay: Duration
        package var multiplier: Double
        package var maximumDelay: Duration

        package init(initialDelay: Duration, multiplier: Double, maximumDelay: Duration) {
            self.initialDelay = initialDelay
            self.multiplier = multiplier
            self.maximumDelay = maximumDelay
        }

        /// The delay after the given attempt, counted from 1, before jitter.
        func delay(afterAttempt attempt: Int) -> Duration {
            var delay = initialDelay
            var remaining = attempt - 1
            while remaining > 0, delay < maximumDelay {
                delay = delay * multiplier
                remaining -= 1
            }
            return min(delay, maximumDelay)
        }
    }

    package var backoff: Backoff
    /// The least delays after RESOURCE_EXHAUSTED.
    package var throttled = Backoff(initialDelay: .seconds(1), multiplier: 2, maximumDelay: .seconds(10))
    /// How far a delay strays from its nominal value, as a fraction of it.
    package var jitter = 0.2
    /// The largest number of attempts; nil means no limit.
    package var maximumAttempts: Int?
    /// No attempt follows once this much time has passed; nil means no limit.
    package var maximumElapsed: Duration?
    /// The codes after which the call is made again.
    package var retryableCodes: Set<GRPCStatusCode>
    /// For this long every other code is retried too, at the largest delay: a proxy that is warming up answers anything.
    package var graceForOtherCodes: Duration

    /// Calls that answer at once, and a user's long polls, whose own loop repeats them after CANCELLED and
    /// DEADLINE_EXCEEDED.
    package static let call = RPCRetryPolicy(
        backoff: Backoff(initialDelay: .milliseconds(100), multiplier: 1.7, maximumDelay: .seconds(5)),
        maximumAttempts: 10,
        maximumElapsed: .seconds(10),
        retryableCodes: transientCodes,
        graceForOtherCodes: .zero
    )

    /// A worker's polls for tasks: tried for ever, also when a poll ended without a task.
    package static let taskPoll = RPCRetryPolicy(
        backoff: Backoff(initialDelay: .milliseconds(200), multiplier: 2, maximumDelay: .seconds(10)),
        maximumAttempts: nil,
        maximumElapsed: nil,
        retryableCodes: transientCodes.union([.cancelled, .deadlineExceeded]),
        graceForOtherCodes: .seconds(60)
    )

    private static let transientCodes: Set<GRPCStatusCode> = [
        .dataLoss, .internal, .unknown, .resourceExhausted, .aborted, .outOfRange, .unavailable,
    ]

    /// What to do after a failed attempt.
    /// - attempt: how many attempts have failed, this one included.
    /// - elapsed: the time since the first of them failed. Not since it started: a long poll cut off after a minute
    ///   would have none left.
    /// - jitterFraction: a random number from 0 to 1, which places the delay within its jitter.
    package func decision(
        after error: GRPCError, attempt: Int, elapsed: Duration, jitterFraction: Double
    ) -> Decision {
        if error.isChannelClosed || error.isMessageTooLarge { return .stop }
        if let maximumAttempts, attempt >= maximumAttempts { return .stop }
        if let maximumElapsed, elapsed >= maximumElapsed { return .stop }

        var delay = backoff.delay(afterAttempt: attempt)
        if !retryableCodes.contains(error.code) {
            guard elapsed < graceForOtherCodes else { return .stop }
            delay = backoff.maximumDelay
        } else if error.code == .resourceExhausted {
            delay = max(delay, throttled.delay(afterAttempt: attempt))
        }
        return .retry(after: delay * (1 + jitter * (2 * jitterFraction - 1)))
    }
}
