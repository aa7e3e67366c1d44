/// How a dead connection is noticed: HTTP/2 pings, also while no call is in progress.
public struct KeepAlive: Sendable, Hashable {
    /// The time between pings. Temporal servers close connections that are pinged more often than every 10 seconds.
    public var interval: Duration
    /// How long the answer to a ping may take before the connection counts as dead.
    public var timeout: Duration

    /// Pings every 30 seconds and waits 15 seconds for the answer, unless told otherwise.
    public init(interval: Duration = .seconds(30), timeout: Duration = .seconds(15)) {
        self.interval = interval
        self.timeout = timeout
    }
}
