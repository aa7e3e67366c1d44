import Synchronization

/// Knows how long workflow code has been driven without coming back.
final class DriveWatch: Sendable {
    private struct State {
        var since: ContinuousClock.Instant?
        var isAbandoned = false
    }

    private let state = Mutex(State())

    /// True once nobody waits any more for what is being done.
    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    /// Runs code that should come back soon.
    func watch<Result>(_ body: () -> Result) -> Result {
        state.withLock { $0.since = .now }
        defer { state.withLock { $0.since = nil } }
        return body()
    }

    /// Abandons code that has been at it for longer than `limit`.
    /// - Returns: false when there is none.
    func abandon(after limit: Duration) -> Bool {
        state.withLock { state in
            guard let since = state.since, since.duration(to: .now) > limit else { return false }
            state.isAbandoned = true
            return true
        }
    }
}
