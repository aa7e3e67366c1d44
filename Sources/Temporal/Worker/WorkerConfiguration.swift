public import Metrics

/// What a worker serves and how much of it at a time.
public struct WorkerConfiguration: Sendable {
    /// The task queue whose workflows and activities this worker serves.
    public var taskQueue: String
    /// Runs kept ready in memory; the least recently used goes first, and comes back by replay. 0 keeps none.
    public var maximumCachedWorkflows: Int
    /// Workflow tasks worked on at the same time; at least 2 when runs are kept.
    public var maximumConcurrentWorkflowTasks: Int
    /// Activities run at the same time.
    public var maximumConcurrentActivities: Int
    /// Local activities run at the same time; others wait for room.
    public var maximumConcurrentLocalActivities: Int
    /// Calls asking for workflow tasks at the same time. A fixed number is divided between the queue everyone serves, a fifth of it, and
    /// the queue of the runs in this worker's memory; a scaling one is for each of the two.
    public var workflowPollers: PollerBehavior
    /// Calls asking for activities at the same time.
    public var activityPollers: PollerBehavior
    /// How long running activities may go on before they are cancelled, once the worker has stopped to ask for tasks.
    public var activityGracePeriod: Duration
    /// How long the server keeps a task for the worker that has its run in memory before any worker may have it.
    public var stickyScheduleToStartTimeout: Duration
    /// Errors that fail workflows of every type, besides those ``Workflow/failureErrorTypes`` names for one.
    public var failureErrorTypes: [any Error.Type]
    /// Activities begun by this worker in a second, at most; the polls for them are spaced accordingly.
    public var maximumActivitiesPerSecond: Double?
    /// Activities the server hands out from the whole task queue in a second, to all workers together. The worker that asked last decides.
    public var maximumTaskQueueActivitiesPerSecond: Double?
    /// Whether activities on the worker's own queue may come with the answer to the workflow task that asks for them, when there is room.
    public var allowsEagerActivities = true
    /// Names the code of this worker, such as a version or a commit. History keeps it with every workflow task, and workflows see it as
    /// ``WorkflowContext/buildID``. It does not decide which worker gets a task. Empty when the code has no name.
    public var buildID = ""
    /// How long workflow code may be driven without waiting before its task is failed, and the thread it blocks abandoned; nil is for ever.
    /// A process under a debugger has no limit.
    public var deadlockTimeout: Duration? = .seconds(2)
    /// Whether a workflow task fails as soon as its code does what no replay could repeat: `Task {}`, `Task.detached`, `Task.sleep`, calls
    /// of the main actor, waits for what history does not record. Otherwise most of these are noticed when they resume the code, if at all.
    /// Watching costs little, but hooks into Swift's runtime; on in debug builds.
    public var isStrict = WorkflowStrictness.isDefault
    /// Collects what the worker counts and times; that of `MetricsSystem` unless given.
    public var metricsFactory: (any MetricsFactory)?
    /// Tests put in their own.
    package var clock = WorkerClock.system

    /// Serves `taskQueue`, with numbers that suit most services unless given.
    public init(
        taskQueue: String, maximumCachedWorkflows: Int = 1000, maximumConcurrentWorkflowTasks: Int = 100,
        maximumConcurrentActivities: Int = 100, maximumConcurrentLocalActivities: Int = 100,
        workflowPollers: PollerBehavior = .fixed(5), activityPollers: PollerBehavior = .fixed(5),
        activityGracePeriod: Duration = .seconds(5), stickyScheduleToStartTimeout: Duration = .seconds(10),
        failureErrorTypes: [any Error.Type] = []
    ) {
        self.failureErrorTypes = failureErrorTypes
        self.taskQueue = taskQueue
        self.maximumCachedWorkflows = maximumCachedWorkflows
        self.maximumConcurrentWorkflowTasks = maximumConcurrentWorkflowTasks
        self.maximumConcurrentActivities = maximumConcurrentActivities
        self.maximumConcurrentLocalActivities = maximumConcurrentLocalActivities
        self.workflowPollers = workflowPollers
        self.activityPollers = activityPollers
        self.activityGracePeriod = activityGracePeriod
        self.stickyScheduleToStartTimeout = stickyScheduleToStartTimeout
    }

    var keepsRuns: Bool { maximumCachedWorkflows > 0 }

    /// The number of workflow tasks in hand must leave room in the cache, so that a run can always be let go for a new one; and both kinds
    /// of polls need one.
    var workflowSlots: Int {
        keepsRuns
            ? max(2, min(maximumConcurrentWorkflowTasks, maximumCachedWorkflows))
            : max(1, maximumConcurrentWorkflowTasks)
    }

    /// How the pollers are divided between the queue everyone serves and the one for runs in this worker's memory.
    func pollers(_ kind: PollKind) -> PollerBehavior {
        guard keepsRuns, case .fixed(let count) = workflowPollers else { return workflowPollers }
        let normal = max(1, count / 5)
        return .fixed(kind == .normal ? normal : max(1, count - normal))
    }

    /// Activities that come unasked would not be counted by whoever limits their rate.
    var mayAskForEagerActivities: Bool {
        allowsEagerActivities && maximumTaskQueueActivitiesPerSecond == nil && maximumActivitiesPerSecond == nil
    }
}
