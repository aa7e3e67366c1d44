import Temporal

/// A workflow that is there in Swift and in Python under the same name, and what is done to it.
struct Scenario: Sendable {
    let workflow: any Workflow.Type
    /// The one argument; none unless given.
    var input: String?
    /// Whether the worker comes only after ``drive`` was called and says ``Play/curtain()``.
    var startsLate = false
    /// A signal to start with.
    var signal: String?
    /// An update to start with, of the word "first".
    var update: String?
    var retryPolicy: RetryPolicy?
    var runTimeout: Duration?
    var taskTimeout: Duration?
    /// Does to the workflow what happens to it. When it returns, the workflow must be about to end.
    /// False where the code draws random values: each SDK has a generator of its own.
    var replaysAcross = true
    let drive: @Sendable (Play) async throws -> Void

    var name: String { workflow.workflowType }

    init(
        _ workflow: any Workflow.Type, input: String? = nil, startsLate: Bool = false, signal: String? = nil,
        update: String? = nil,
        retryPolicy: RetryPolicy? = nil, runTimeout: Duration? = nil, taskTimeout: Duration? = nil,
        replaysAcross: Bool = true,
        drive: @escaping @Sendable (Play) async throws -> Void = { _ in }
    ) {
        self.workflow = workflow
        self.input = input
        self.startsLate = startsLate
        self.signal = signal
        self.update = update
        self.retryPolicy = retryPolicy
        self.runTimeout = runTimeout
        self.taskTimeout = taskTimeout
        self.replaysAcross = replaysAcross
        self.drive = drive
    }

    static let all =
        activities + activityCancellation + timers + signals + queries + children + cancellation + failures
        + concurrency + continuedAsNew + external + attributes + updates + localActivities
        + patches

    /// The workflows of all scenarios, and those they start.
    static let workflows: [any Workflow.Type] = all.map(\.workflow) + childWorkflows
}
