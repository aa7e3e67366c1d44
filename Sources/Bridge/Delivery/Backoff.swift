/// Delays between attempts, which double up to a maximum and stray by a fifth, so that what failed together does not
/// come again together.
public struct Backoff: Sendable {
    public var initialDelay: Duration
    public var maximumDelay: Duration

    public init(initialDelay: Duration = .milliseconds(100), maximumDelay: Duration = .seconds(5)) {
        self.initialDelay = initialDelay
        self.maximumDelay = maximumDelay
    }

    /// - Parameter attempt: How many attempts have failed, from 1.
    public func delay(afterAttempt attempt: Int) -> Duration {
        var delay = initialDelay
        var remaining = attempt - 1
        while remaining > 0, delay < maximumDelay {
            delay *= 2
            remaining -= 1
        }
        return min(delay, maximumDelay) * Double.random(in: 0.8...1.2)
    }
}
