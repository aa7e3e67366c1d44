/// Delays between attempts, which double up to a maximum and stray by a fifth, so that what failed together does not
/// come again together.
struct Backoff: Sendable {
    var initialDelay: Duration = .milliseconds(100)
    var maximumDelay: Duration = .seconds(5)

    /// - Parameter attempt: How many attempts have failed, from 1.
    func delay(afterAttempt attempt: Int) -> Duration {
        var delay = initialDelay
        var remaining = attempt - 1
        while remaining > 0, delay < maximumDelay {
            delay *= 2
            remaining -= 1
        }
        return min(delay, maximumDelay) * Double.random(in: 0.8...1.2)
    }
}
