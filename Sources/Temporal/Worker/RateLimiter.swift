import Synchronization

/// Spaces what it lets through evenly, at a number of times a second.
final class RateLimiter: Sendable {
    private let interval: Duration
    private let clock: WorkerClock
    private let next = Mutex(Duration.zero)

    init(perSecond rate: Double, clock: WorkerClock) {
        interval = .seconds(1) / rate
        self.clock = clock
    }

    /// Waits for the caller's turn.
    /// - Throws: `CancellationError` when the task is cancelled first; the turn is lost.
    func wait() async throws {
        let now = clock.now()
        let turn = next.withLock { next in
            let turn = max(next, now)
            next = turn + interval
            return turn
        }
        if turn > now { try await clock.sleep(turn - now) }
    }
}
