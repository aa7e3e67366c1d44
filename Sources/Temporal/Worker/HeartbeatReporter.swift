import Synchronization
import TemporalAPI

/// Sends the heartbeats of one activity: the first at once, then the latest at the end of each interval.
actor HeartbeatReporter {
    /// Sends details, within a time, and tells why the server wants the activity to end.
    typealias Send = @Sendable (Payloads, Duration) async -> ActivityCancellationReason?

    private let send: Send
    private let interval: Duration
    private let clock: WorkerClock
    private let cancellation: ActivityCancellation
    private var latest: Payloads?
    /// On the way to the server, which may not get them.
    private var sending: Payloads?
    private var pacing: Task<Void, Never>?
    private var isStopped = false
    private let beat: Mutex<Duration>

    /// - Parameter timeout: the activity's heartbeat time-out; nil when it has none.
    init(timeout: Duration?, clock: WorkerClock, cancellation: ActivityCancellation, send: @escaping Send) {
        interval = timeout.map { min($0 * 0.8, .seconds(60)) } ?? .seconds(30)
        self.clock = clock
        self.cancellation = cancellation
        self.send = send
        beat = Mutex(clock.now())
    }

    /// When the activity was last heard of, on the clock given.
    nonisolated var lastBeat: Duration { beat.withLock(\.self) }

    func report(_ details: Payloads) {
        guard !isStopped, cancellation.reason == nil else { return }
        let now = clock.now()
        beat.withLock { $0 = now }
        latest = details
        guard pacing == nil else { return }
        pacing = Task { await pace() }
    }

    /// Ends the sending. Details the server may not have are handed back.
    func stop() -> Payloads? {
        isStopped = true
        pacing?.cancel()
        return latest ?? sending
    }

    private func pace() async {
        while let details = latest, !isStopped {
            latest = nil
            sending = details
            let reason = await send(details, max(interval, .seconds(1)))
            if !isStopped { sending = nil }
            if let reason {
                cancellation.cancel(reason)
                break
            }
            do { try await clock.sleep(interval) } catch { break }
        }
        pacing = nil
    }
}
