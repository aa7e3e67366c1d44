import Foundation
public import TemporalAPI

/// Where a workflow runs, under which id, and within which limits.
public struct StartWorkflowOptions: Sendable, Hashable {
    /// The workflow's id: at most one run of an id is open in a namespace.
    public var id: String
    /// The queue whose workers run the workflow.
    public var taskQueue: String
    /// Makes the call idempotent: a start repeated with the request id of the open run answers with that run. The same
    /// value goes out with every retry; a caller that may itself repeat a start, after a crash say, derives it from
    /// what it acts on.
    public var requestID: String
    /// The whole chain of runs; no limit unless given.
    public var executionTimeout: Duration?
    /// One run; no limit unless given.
    public var runTimeout: Duration?
    /// One workflow task; the server's default of 10 s unless given.
    public var taskTimeout: Duration?
    /// What a *closed* run of the same id means.
    public var idReusePolicy: WorkflowIDReusePolicy
    /// What an *open* run of the same id means. Unless given, a start fails, and a signal with start goes to the open
    /// run.
    public var idConflictPolicy: WorkflowIDConflictPolicy?
    /// Whether a failed run is followed by another; never unless given.
    public var retryPolicy: RetryPolicy?
    /// Values shown with the workflow that its code does not depend on.
    public var memo: [String: Payload]?
    /// How long to wait before the first workflow task.
    public var startDelay: Duration?
    /// When to start the workflow again and again, as a cron expression; once unless given. Schedules do the same and more.
    public var cronSchedule: String?
    /// Values to find the workflow by.
    public var searchAttributes: SearchAttributes
    /// The server's default unless given.
    public var priority: Priority?
    /// One line for people who look at the workflow.
    public var staticSummary: String?
    /// More of the same, in Markdown.
    public var staticDetails: String?
    /// Whether the first workflow task may come with the answer to the start, if a worker of this connection serves the queue and has
    /// room: the workflow then begins without a poll. Ignored with ``startDelay`` or a cron schedule.
    public var requestsEagerStart: Bool

    /// - Parameter requestID: A new UUID unless given.
    public init(
        id: String, taskQueue: String, requestID: String? = nil, executionTimeout: Duration? = nil,
        runTimeout: Duration? = nil, taskTimeout: Duration? = nil,
        idReusePolicy: WorkflowIDReusePolicy = .allowDuplicate,
        idConflictPolicy: WorkflowIDConflictPolicy? = nil, retryPolicy: RetryPolicy? = nil,
        memo: [String: Payload]? = nil, startDelay: Duration? = nil, cronSchedule: String? = nil,
        searchAttributes: SearchAttributes = .init(), priority: Priority? = nil, staticSummary: String? = nil,
        staticDetails: String? = nil, requestsEagerStart: Bool = false
    ) {
        self.id = id
        self.taskQueue = taskQueue
        self.requestID = requestID ?? UUID().uuidString.lowercased()
        self.executionTimeout = executionTimeout
        self.runTimeout = runTimeout
        self.taskTimeout = taskTimeout
        self.idReusePolicy = idReusePolicy
        self.idConflictPolicy = idConflictPolicy
        self.retryPolicy = retryPolicy
        self.memo = memo
        self.startDelay = startDelay
        self.cronSchedule = cronSchedule
        self.searchAttributes = searchAttributes
        self.priority = priority
        self.staticSummary = staticSummary
        self.staticDetails = staticDetails
        self.requestsEagerStart = requestsEagerStart
    }
}
