public import TemporalAPI

/// Sees what comes to the code of a worker and what workflows ask for, and may change it, answer itself, or look at what becomes of it.
///
/// Of several interceptors the first registered is asked first; its `next` is the second, and the `next` of the last is the code itself.
/// What a workflow asks for is handed from one to the next likewise, to be changed in place. A method that is not implemented passes
/// everything on.
///
/// All but ``executeActivity(_:next:)`` run as part of the workflow, on every replay too: they must be as deterministic as its code, and
/// errors they throw count as that code's own.
public protocol WorkerInterceptor: Sendable {
    /// One attempt of an activity, a local one included.
    func executeActivity(
        _ call: ExecuteActivityCall, next: (ExecuteActivityCall) async throws -> Payloads
    ) async throws -> Payloads

    /// The workflow itself. Handlers of signals and updates that came with its first task have begun by then.
    func executeWorkflow(
        _ call: ExecuteWorkflowCall, next: (ExecuteWorkflowCall) async throws -> Payloads
    ) async throws -> Payloads

    /// The handler of a signal.
    func handleSignal(_ call: HandleSignalCall, next: (HandleSignalCall) async throws -> Void) async throws

    /// The handler of a query. Must leave no trace in the workflow.
    func handleQuery(_ call: HandleQueryCall, next: (HandleQueryCall) throws -> Payload) throws -> Payload

    /// The validator of an update, whether it has one or not; not called on replay. Must leave no trace in the workflow.
    func validateUpdate(_ call: HandleUpdateCall, next: (HandleUpdateCall) throws -> Void) throws

    /// The handler of an update that was accepted.
    func handleUpdate(
        _ call: HandleUpdateCall, next: (HandleUpdateCall) async throws -> Payload
    ) async throws -> Payload

    /// The workflow asks for an activity.
    func scheduleActivity(_ call: inout ScheduleActivity, _ context: WorkflowContext) throws

    /// The workflow asks for a local activity.
    func scheduleLocalActivity(_ call: inout ScheduleLocalActivity, _ context: WorkflowContext) throws

    /// The workflow starts a child.
    func startChild(_ call: inout StartChild, _ context: WorkflowContext) throws

    /// The workflow signals its child or another workflow.
    func signalExternal(_ call: inout SignalExternal, _ context: WorkflowContext) throws

    /// The workflow ends this run to go on as a new one.
    func continueAsNew(_ call: inout ContinueAsNewCall, _ context: WorkflowContext) throws

    /// The workflow starts a timer.
    func startTimer(_ call: inout StartTimer, _ context: WorkflowContext) throws
}

extension WorkerInterceptor {
    public func executeActivity(
        _ call: ExecuteActivityCall, next: (ExecuteActivityCall) async throws -> Payloads
    ) async throws -> Payloads { try await next(call) }

    public func executeWorkflow(
        _ call: ExecuteWorkflowCall, next: (ExecuteWorkflowCall) async throws -> Payloads
    ) async throws -> Payloads { try await next(call) }

    public func handleSignal(
        _ call: HandleSignalCall, next: (HandleSignalCall) async throws -> Void
    ) async throws { try await next(call) }

    public func handleQuery(
        _ call: HandleQueryCall, next: (HandleQueryCall) throws -> Payload
    ) throws -> Payload { try next(call) }

    public func validateUpdate(_ call: HandleUpdateCall, next: (HandleUpdateCall) throws -> Void) throws {
        try next(call)
    }

    public func handleUpdate(
        _ call: HandleUpdateCall, next: (HandleUpdateCall) async throws -> Payload
    ) async throws -> Payload { try await next(call) }

    public func scheduleActivity(_ call: inout ScheduleActivity, _ context: WorkflowContext) throws {}
    public func scheduleLocalActivity(_ call: inout ScheduleLocalActivity, _ context: WorkflowContext) throws {}
    public func startChild(_ call: inout StartChild, _ context: WorkflowContext) throws {}
    public func signalExternal(_ call: inout SignalExternal, _ context: WorkflowContext) throws {}
    public func continueAsNew(_ call: inout ContinueAsNewCall, _ context: WorkflowContext) throws {}
    public func startTimer(_ call: inout StartTimer, _ context: WorkflowContext) throws {}
}
