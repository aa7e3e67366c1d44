/// What should be gone once a run has left the worker.
///
/// Swift counts references: a workflow that keeps a closure that captures the workflow is never freed, and a worker that lives for months
/// keeps each of its runs.
struct RunRemains {
    private weak var context: WorkflowContext?
    private weak var instance: AnyObject?

    init(_ context: WorkflowContext?, _ code: (any WorkflowCode)?) {
        self.context = context
        instance = code?.instance
    }

    /// True while something else holds on to them.
    var stay: Bool { context != nil || instance != nil }
}
