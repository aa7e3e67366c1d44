/// What goes wrong in a ``TestEnvironment``, and how often: each a probability between 0 and 1, drawn from the environment's seed.
public struct TestFaults: Sendable, Hashable {
    /// A workflow task goes to a worker that does not have the run in memory: the code is rebuilt by replay. 1 does so at every task.
    public var evictions = 0.0
    /// A worker's answer to a workflow task comes too late, and the task is handed out again.
    public var workflowTaskTimeouts = 0.0
    /// The server takes a worker's answer, but the worker does not learn that it did.
    public var lostCompletions = 0.0
    /// A workflow task takes up to five seconds, in which timers fire and activities end.
    public var slowWorkflowTasks = 0.0
    /// An attempt of an activity fails with an ``ApplicationFailure`` of type `InjectedFault`, whatever it returned; it may be retried.
    public var activityFailures = 0.0
    /// An attempt of an activity exceeds its `startToClose` time. Activities without one are spared.
    public var activityTimeouts = 0.0
    /// An attempt of an activity takes up to ten seconds longer.
    public var lateActivities = 0.0
    /// Tasks that are ready at the same time are handed out in a random order instead of the order in which they became ready.
    public var shufflesTasks = false

    /// Nothing goes wrong.
    public init() {}
}

/// Draws faults, each kind from a stream of its own.
struct FaultSource {
    let faults: TestFaults
    private var evictions: SeededGenerator
    private var timeouts: SeededGenerator
    private var losses: SeededGenerator
    private var slowness: SeededGenerator
    private var activities: SeededGenerator
    private var order: SeededGenerator

    init(_ faults: TestFaults, seed: UInt64) {
        self.faults = faults
        evictions = SeededGenerator(seed: seed, purpose: 1)
        timeouts = SeededGenerator(seed: seed, purpose: 2)
        losses = SeededGenerator(seed: seed, purpose: 3)
        slowness = SeededGenerator(seed: seed, purpose: 4)
        activities = SeededGenerator(seed: seed, purpose: 5)
        order = SeededGenerator(seed: seed, purpose: 6)
    }

    mutating func evicts() -> Bool { evictions.happens(faults.evictions) }
    mutating func timesOut() -> Bool { timeouts.happens(faults.workflowTaskTimeouts) }
    mutating func losesCompletion() -> Bool { losses.happens(faults.lostCompletions) }
    mutating func failsActivity() -> Bool { activities.happens(faults.activityFailures) }
    mutating func timesOutActivity() -> Bool { activities.happens(faults.activityTimeouts) }

    mutating func taskDelay() -> Duration {
        let isSlow = slowness.happens(faults.slowWorkflowTasks)
        let delay = Duration.milliseconds(Int.random(in: 1...5_000, using: &slowness))
        return isSlow ? delay : .zero
    }

    mutating func activityDelay() -> Duration {
        let isLate = activities.happens(faults.lateActivities)
        let delay = Duration.milliseconds(Int.random(in: 1...10_000, using: &activities))
        return isLate ? delay : .zero
    }

    mutating func pick(from count: Int) -> Int {
        faults.shufflesTasks && count > 1 ? Int.random(in: 0..<count, using: &order) : 0
    }
}
