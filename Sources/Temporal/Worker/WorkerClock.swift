/// Time, as a worker sees it; tests put in one that they move themselves.
package struct WorkerClock: Sendable {
    /// The time since some fixed moment.
    package var now: @Sendable () -> Duration
    /// Waits; throws `CancellationError` when the task is cancelled first.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    package static let system: WorkerClock = {
        let start = ContinuousClock.now
        return WorkerClock(now: { start.duration(to: .now) }, sleep: { try await Task.sleep(for: $0) })
    }()
}
