/// What the bridge needs of Temporal: the seam at which tests put a scripted one.
///
/// Every call may throw, and then has been carried out or not. Made again with the same request id it changes nothing
/// more.
protocol WorkflowClient: Sendable {
    /// Starts a workflow.
    ///
    /// - Returns: True if it runs now, by this call or by an earlier one with the same request id; false if the id
    ///   belongs to another start, whether that workflow is open or closed.
    func start(_ start: StartCommand) async throws -> Bool

    /// Signals a workflow.
    ///
    /// - Returns: False if there is no open workflow of that id.
    func signal(_ signal: SignalCommand) async throws -> Bool

    /// Signals the open workflow of the id, or starts it and signals that.
    ///
    /// - Returns: False if the workflow has ended.
    func signalWithStart(_ start: StartCommand, _ signal: SignalCommand) async throws -> Bool

    /// Looks a workflow up; `nil` if there is none of that id, or no longer.
    func find(_ workflowID: String) async throws -> KnownWorkflow?

    /// Whether a run has a signal of that name and contents among those it was sent.
    func hasReceived(_ signal: SignalCommand, runID: String) async throws -> Bool
}
