/// What a worker serves and how much of it at a time.
public struct WorkerConfiguration: Sendable {
    /// The task queue whose workflows and activities this worker serves.
    public var taskQueue: String
    /// Runs kept ready in memory; the least recently used goes first, and comes back by replay. 0 keeps none.
    public var maximumCachedWorkflows: Int
    /// Workflow tasks worked on at the same time.
    public var maximumConcurrentWorkflowTasks: Int
    /// Activities run at the same time.
    public var maximumConcurrentActivities: Int
    /// Local activities run at the same time; others wait for room.
    public var maximumConcurrentLocalActivities: Int
    /// Calls asking for workflow tasks at the same time.
    public var workflowPollers: Int
    /// Calls asking for activities at the same time.
    public var activityPollers: Int
    /// How long running activities may go on before they are cancelled, once the worker has stopped to ask for tasks.
    public var activityGracePeriod: Duration
    /// How long the server keeps a task for the worker that has its run in memory before any worker may have it.
    public var stickyScheduleToStartTimeout: Duration
    /// Errors that fail workflows of every type, besides those ``Workflow/failureErrorTypes`` names for one.
    public var failureErrorTypes: [any Error.Type]

    public init(
        taskQueue: String, maximumCachedWorkflows: Int = 1000, maximumConcurrentWorkflowTasks: Int = 100,
        maximumConcurrentActivities: Int = 100, maximumConcurrentLocalActivities: Int = 100, workflowPollers: Int = 5,
        activityPollers: Int = 5, activityGracePeriod: Duration = .seconds(5),
        stickyScheduleToStartTimeout: Duration = .seconds(10), failureErrorTypes: [any Error.Type] = []
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

    /// The number of workflow tasks in hand must leave room in the cache, so that a run can always be let go for a new one.
    var workflowSlots: Int {
        maximumCachedWorkflows == 0
            ? maximumConcurrentWorkflowTasks : max(2, min(maximumConcurrentWorkflowTasks, maximumCachedWorkflows))
    }

    /// How the pollers are divided between the queue everyone serves and the one for runs in this worker's memory. Together they are never
    /// more than there are slots, so that neither kind can keep the other from asking.
    var pollers: (normal: Int, sticky: Int) {
        let limit = min(workflowPollers, workflowSlots)
        guard maximumCachedWorkflows > 0 else { return (limit, 0) }
        let normal = max(1, limit / 5)
        return (normal, max(1, limit - normal))
    }
}
