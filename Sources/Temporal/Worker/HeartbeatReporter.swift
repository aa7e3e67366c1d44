import TemporalAPI

/// Sends the heartbeats of one activity: the first at once, then the latest at the end of each interval.
actor HeartbeatReporter {
    /// Why the server wants the activity to end.
    enum Verdict: Sendable {
        case cancelRequested
        /// Timed out, or its workflow is closed: nobody waits for the result.
        case gone
    }

    private let send: @Sendable (Payloads) async -> Verdict?
    private let interval: Duration
    private let end: @Sendable () -> Void
    private var latest: Payloads?
    /// On the way to the server, which may not get them.
    private var sending: Payloads?
    private var pacing: Task<Void, Never>?
    private(set) var verdict: Verdict?

    /// - Parameters:
    ///   - timeout: the activity's heartbeat time-out; zero when it has none.
    ///   - send: sends details to the server and tells what the server wants.
    ///   - end: cancels the activity; called once at most.
    init(
        timeout: Duration, send: @escaping @Sendable (Payloads) async -> Verdict?, end: @escaping @Sendable () -> Void
    ) {
        interval = timeout > .zero ? min(timeout * 0.8, .seconds(60)) : .seconds(30)
        self.send = send
        self.end = end
    }

    func report(_ details: Payloads) {
        guard verdict == nil else { return }
        latest = details
        guard pacing == nil else { return }
        pacing = Task { await pace() }
    }

    /// Ends the sending. Details that were not sent yet are handed back.
    func stop() -> Payloads? {
        pacing?.cancel()
        return latest ?? sending
    }

    private func pace() async {
        while let details = latest, !Task.isCancelled {
            latest = nil
            sending = details
            let answer = await send(details)
            if !Task.isCancelled { sending = nil }
            if let verdict = answer {
                self.verdict = verdict
                return end()
            }
            try? await Task.sleep(for: interval)
        }
        pacing = nil
    }
}
