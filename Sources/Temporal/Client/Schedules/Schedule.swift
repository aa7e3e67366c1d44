public import TemporalAPI

/// Starts a workflow at times.
public struct Schedule: Sendable, Hashable {
    /// What it starts.
    public var action: ScheduleAction
    /// When.
    public var spec: ScheduleSpec
    /// What it does when a start is late, or the workflow before is still open.
    public var policy: SchedulePolicy
    /// Whether it goes on.
    public var state: ScheduleState

    /// Puts a schedule together, which exists once a client has created it.
    public init(
        action: ScheduleAction, spec: ScheduleSpec, policy: SchedulePolicy = .init(), state: ScheduleState = .init()
    ) {
        self.action = action
        self.spec = spec
        self.policy = policy
        self.state = state
    }
}

/// The workflow that a schedule starts. The server adds the time to its id.
public struct ScheduleAction: Sendable, Hashable {
    /// The name of the workflow's type.
    public var workflowType: String
    /// The encoded arguments.
    public var input: Payloads
    /// The beginning of the workflow's id.
    public var workflowID: String
    /// The queue whose workers run it.
    public var taskQueue: String
    /// The whole chain of runs; no limit unless given.
    public var executionTimeout: Duration?
    /// One run; no limit unless given.
    public var runTimeout: Duration?
    /// One workflow task; the server's default of 10 s unless given.
    public var taskTimeout: Duration?
    /// Whether a failed run is followed by another; never unless given.
    public var retryPolicy: RetryPolicy?
    /// Values shown with the workflow that its code does not depend on.
    public var memo: [String: Payload]
    /// What the workflow is found by, each with the metadata that says its type.
    public var searchAttributes: SearchAttributes
    /// What goes with the start beside its arguments, for the interceptors of workers.
    public var headers: [String: Payload]

    /// A start of the named workflow; what is not given is the server's default.
    public init(
        workflowType: String, input: Payloads = .init(), workflowID: String, taskQueue: String,
        executionTimeout: Duration? = nil, runTimeout: Duration? = nil, taskTimeout: Duration? = nil,
        retryPolicy: RetryPolicy? = nil, memo: [String: Payload] = [:], searchAttributes: SearchAttributes = .init(),
        headers: [String: Payload] = [:]
    ) {
        self.workflowType = workflowType
        self.input = input
        self.workflowID = workflowID
        self.taskQueue = taskQueue
        self.executionTimeout = executionTimeout
        self.runTimeout = runTimeout
        self.taskTimeout = taskTimeout
        self.retryPolicy = retryPolicy
        self.memo = memo
        self.searchAttributes = searchAttributes
        self.headers = headers
    }
}

/// What to do when it is time, and the workflow before is still open.
public enum ScheduleOverlapPolicy: Sendable, Hashable {
    /// Start none.
    case skip
    /// Start one when that has ended, however often it was time.
    case bufferOne
    /// Start as many as it was time, one after the other.
    case bufferAll
    /// Cancel that, and start when it has ended.
    case cancelOther
    /// Terminate that, and start.
    case terminateOther
    /// Start, and let both run.
    case allowAll
}

/// What a schedule does when a start is late, or the workflow before is still open.
public struct SchedulePolicy: Sendable, Hashable {
    /// What to do when the workflow before is still open.
    public var overlap: ScheduleOverlapPolicy
    /// How late a start may be, after the server was away; a year unless given.
    public var catchupWindow: Duration?
    /// Whether to pause after a workflow that failed or timed out.
    public var pausesOnFailure: Bool
    /// Whether the workflow's id is used as it is, without the time.
    public var keepsOriginalWorkflowID: Bool

    /// The server's own rules, but for what is given.
    public init(
        overlap: ScheduleOverlapPolicy = .skip, catchupWindow: Duration? = nil, pausesOnFailure: Bool = false,
        keepsOriginalWorkflowID: Bool = false
    ) {
        self.overlap = overlap
        self.catchupWindow = catchupWindow
        self.pausesOnFailure = pausesOnFailure
        self.keepsOriginalWorkflowID = keepsOriginalWorkflowID
    }
}

/// Whether a schedule goes on.
public struct ScheduleState: Sendable, Hashable {
    /// A note for people, such as why it is paused.
    public var note: String
    /// Whether it starts nothing at present.
    public var isPaused: Bool
    /// How often it is still to start; nil is no limit.
    public var remainingActions: Int?

    /// A schedule that goes on for ever, unless given otherwise.
    public init(note: String = "", isPaused: Bool = false, remainingActions: Int? = nil) {
        self.note = note
        self.isPaused = isPaused
        self.remainingActions = remainingActions
    }
}
