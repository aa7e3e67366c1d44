import SwiftProtobuf
public import TemporalAPI

/// How often and how soon a failed attempt is followed by another.
public struct RetryPolicy: Sendable, Hashable {
    /// The delay before the second attempt.
    public var initialInterval: Duration
    /// Each further delay is this many times the one before; at least 1.
    public var backoffCoefficient: Double
    /// No delay is longer; 100 times the initial interval unless given.
    public var maximumInterval: Duration?
    /// Attempts in all, the first included; 0 is no limit.
    public var maximumAttempts: Int
    /// ``ApplicationFailure/type``s that end the attempts at once.
    public var nonRetryableErrorTypes: [String]

    /// One second doubling, without a limit of attempts, unless given otherwise.
    public init(
        initialInterval: Duration = .seconds(1), backoffCoefficient: Double = 2, maximumInterval: Duration? = nil,
        maximumAttempts: Int = 0, nonRetryableErrorTypes: [String] = []
    ) {
        self.initialInterval = initialInterval
        self.backoffCoefficient = backoffCoefficient
        self.maximumInterval = maximumInterval
        self.maximumAttempts = maximumAttempts
        self.nonRetryableErrorTypes = nonRetryableErrorTypes
    }

    /// One attempt, never another.
    public static let never = RetryPolicy(maximumAttempts: 1)

    var proto: Temporal_Api_Common_V1_RetryPolicy {
        .with {
            $0.initialInterval = .init(initialInterval)
            $0.backoffCoefficient = backoffCoefficient
            if let maximumInterval { $0.maximumInterval = .init(maximumInterval) }
            $0.maximumAttempts = Int32(clamping: maximumAttempts)
            $0.nonRetryableErrorTypes = nonRetryableErrorTypes
        }
    }
}

/// What a cancelled activity or child does to the workflow that waits for it.
public enum CancellationType: Sendable, Hashable {
    /// Ask for cancellation, and go on at once as cancelled.
    case tryCancel
    /// Ask for cancellation, and go on as cancelled once the server has passed that on. For an activity, which has no such moment, this is
    /// ``waitCancellationCompleted``.
    case waitCancellationRequested
    /// Ask for cancellation, and wait for what comes of it.
    case waitCancellationCompleted
    /// Go on at once as cancelled, and leave the other alone.
    case abandon
}

/// The limits and the place of an activity. One of `startToClose` and `scheduleToClose` must be given.
public struct ActivityOptions: Sendable, Hashable {
    /// The workflow's own task queue unless given.
    public var taskQueue: String?
    /// From being scheduled to the end of the last attempt.
    public var scheduleToClose: Duration?
    /// From being scheduled to being picked up by a worker.
    public var scheduleToStart: Duration?
    /// One attempt.
    public var startToClose: Duration?
    /// Between two heartbeats.
    public var heartbeat: Duration?
    /// The server's own default (unlimited attempts, one second doubling) unless given.
    public var retryPolicy: RetryPolicy?
    /// What cancelling the task that waits for it does.
    public var cancellationType: CancellationType
    /// That of the workflow unless given.
    public var priority: Priority?
    /// One line for people who look at the workflow.
    public var summary: String?
    /// Whether the activity may come to this worker with the answer to the workflow task, when it is on the worker's own queue.
    public var allowsEagerExecution = true

    /// Limits of which at least one must be given, on the workflow's own task queue unless given.
    public init(
        taskQueue: String? = nil, scheduleToClose: Duration? = nil, scheduleToStart: Duration? = nil,
        startToClose: Duration? = nil, heartbeat: Duration? = nil, retryPolicy: RetryPolicy? = nil,
        cancellationType: CancellationType = .tryCancel, priority: Priority? = nil, summary: String? = nil
    ) {
        self.priority = priority
        self.summary = summary
        self.taskQueue = taskQueue
        self.scheduleToClose = scheduleToClose
        self.scheduleToStart = scheduleToStart
        self.startToClose = startToClose
        self.heartbeat = heartbeat
        self.retryPolicy = retryPolicy
        self.cancellationType = cancellationType
    }
}

/// What becomes of a child when its parent closes.
public enum ParentClosePolicy: Sendable, Hashable {
    /// It is ended at once, without its code.
    case terminate
    /// Nothing; it goes on alone.
    case abandon
    /// It is asked to cancel itself.
    case requestCancel

    var proto: Temporal_Api_Enums_V1_ParentClosePolicy {
        switch self {
        case .terminate: .terminate
        case .abandon: .abandon
        case .requestCancel: .requestCancel
        }
    }
}

/// May the id of a closed workflow be used again?
public enum WorkflowIDReusePolicy: Sendable, Hashable {
    /// Whatever became of the closed one.
    case allowDuplicate
    /// Only when the closed one did not complete.
    case allowDuplicateFailedOnly
    /// Never.
    case rejectDuplicate

    var proto: Temporal_Api_Enums_V1_WorkflowIdReusePolicy {
        switch self {
        case .allowDuplicate: .allowDuplicate
        case .allowDuplicateFailedOnly: .allowDuplicateFailedOnly
        case .rejectDuplicate: .rejectDuplicate
        }
    }
}

/// What to do when the id belongs to a running workflow.
public enum WorkflowIDConflictPolicy: Sendable, Hashable {
    /// Refuse the start.
    case fail
    /// Answer with the run that is open.
    case useExisting
    /// End the open run at once, and start another.
    case terminateExisting

    var proto: Temporal_Api_Enums_V1_WorkflowIdConflictPolicy {
        switch self {
        case .fail: .fail
        case .useExisting: .useExisting
        case .terminateExisting: .terminateExisting
        }
    }
}

/// The limits and the place of a child workflow.
public struct ChildWorkflowOptions: Sendable, Hashable {
    /// A random id, drawn from the run's own generator, unless given.
    public var id: String?
    /// The parent's task queue unless given.
    public var taskQueue: String?
    /// The whole chain of the child's runs; no limit unless given.
    public var executionTimeout: Duration?
    /// One run of the child; no limit unless given.
    public var runTimeout: Duration?
    /// One workflow task of the child; the server's default of 10 s unless given.
    public var taskTimeout: Duration?
    /// Whether a failed run of the child is followed by another; never unless given.
    public var retryPolicy: RetryPolicy?
    /// What becomes of the child when its parent closes.
    public var parentClosePolicy: ParentClosePolicy
    /// What a closed run of the child's id means.
    public var idReusePolicy: WorkflowIDReusePolicy
    /// What cancelling the task that waits for the child does.
    public var cancellationType: CancellationType
    /// When to start the child again and again, as a cron expression; once unless given.
    public var cronSchedule: String?
    /// Values shown with the child.
    public var memo: [String: Payload]?
    /// Values to find the child by.
    public var searchAttributes: SearchAttributes
    /// That of the parent unless given.
    public var priority: Priority?
    /// One line for people who look at the child.
    public var staticSummary: String?
    /// More of the same, in Markdown.
    public var staticDetails: String?

    /// A child like its parent, terminated with it, unless given otherwise.
    public init(
        id: String? = nil, taskQueue: String? = nil, executionTimeout: Duration? = nil, runTimeout: Duration? = nil,
        taskTimeout: Duration? = nil, retryPolicy: RetryPolicy? = nil,
        parentClosePolicy: ParentClosePolicy = .terminate,
        idReusePolicy: WorkflowIDReusePolicy = .allowDuplicate,
        cancellationType: CancellationType = .waitCancellationCompleted, cronSchedule: String? = nil,
        memo: [String: Payload]? = nil, searchAttributes: SearchAttributes = .init(), priority: Priority? = nil,
        staticSummary: String? = nil, staticDetails: String? = nil
    ) {
        self.cronSchedule = cronSchedule
        self.memo = memo
        self.searchAttributes = searchAttributes
        self.priority = priority
        self.staticSummary = staticSummary
        self.staticDetails = staticDetails
        self.id = id
        self.taskQueue = taskQueue
        self.executionTimeout = executionTimeout
        self.runTimeout = runTimeout
        self.taskTimeout = taskTimeout
        self.retryPolicy = retryPolicy
        self.parentClosePolicy = parentClosePolicy
        self.idReusePolicy = idReusePolicy
        self.cancellationType = cancellationType
    }
}
