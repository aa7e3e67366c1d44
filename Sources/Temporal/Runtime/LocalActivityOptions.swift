/// The limits of a local activity. One of `startToClose` and `scheduleToClose` must be given.
public struct LocalActivityOptions: Sendable, Hashable {
    /// From being asked for to the end of the last attempt, the delays between attempts included.
    public var scheduleToClose: Duration?
    /// How long an attempt may wait for room in the worker. Such a time-out is final.
    public var scheduleToStart: Duration?
    /// One attempt. Such a time-out is followed by another attempt if the retry policy allows.
    public var startToClose: Duration?
    /// Unlimited attempts, one second doubling, unless given.
    public var retryPolicy: RetryPolicy?
    /// Delays between attempts up to this long are waited for within workflow tasks, which keeps the run in its worker and costs a
    /// workflow task now and then; longer ones by a durable timer.
    public var localRetryThreshold: Duration
    /// What cancelling the task that waits for it does.
    public var cancellationType: CancellationType

    /// Limits of which at least one must be given.
    public init(
        scheduleToClose: Duration? = nil, scheduleToStart: Duration? = nil, startToClose: Duration? = nil,
        retryPolicy: RetryPolicy? = nil, localRetryThreshold: Duration = .seconds(60),
        cancellationType: CancellationType = .tryCancel
    ) {
        self.scheduleToClose = scheduleToClose
        self.scheduleToStart = scheduleToStart
        self.startToClose = startToClose
        self.retryPolicy = retryPolicy
        self.localRetryThreshold = localRetryThreshold
        self.cancellationType = cancellationType
    }
}
