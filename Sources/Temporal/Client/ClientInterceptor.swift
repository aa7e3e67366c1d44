public import TemporalAPI

/// Sees a client's calls on their way out, and may change them, answer them itself, or look at what comes back.
///
/// Of several interceptors the first registered is asked first; its `next` is the second, and the `next` of the last is the call
/// itself. A method that is not implemented passes the call on.
public protocol ClientInterceptor: Sendable {
    /// A workflow is to be started.
    func startWorkflow(
        _ call: StartWorkflowCall, next: (StartWorkflowCall) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle

    /// A workflow is to be signalled, and started first if no run is open.
    func signalWithStart(
        _ call: SignalWithStartCall, next: (SignalWithStartCall) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle

    /// A workflow is to be signalled.
    func signalWorkflow(
        _ call: SignalWorkflowCall, next: (SignalWorkflowCall) async throws -> Void
    ) async throws

    /// A workflow is to be asked something.
    func queryWorkflow(
        _ call: QueryWorkflowCall, next: (QueryWorkflowCall) async throws -> Payloads
    ) async throws -> Payloads

    /// An update that is sent, until the stage its sender waits for is reached.
    func startUpdate(
        _ call: StartUpdateCall, next: (StartUpdateCall) async throws -> UntypedUpdateHandle
    ) async throws -> UntypedUpdateHandle

    /// An update that is sent together with a start, until the stage its sender waits for is reached.
    func startUpdateWithStart(
        _ call: StartUpdateWithStartCall, next: (StartUpdateWithStartCall) async throws -> StartedUpdate
    ) async throws -> StartedUpdate

    /// A workflow is to be asked to cancel itself.
    func cancelWorkflow(
        _ call: CancelWorkflowCall, next: (CancelWorkflowCall) async throws -> Void
    ) async throws

    /// A workflow is to be ended at once.
    func terminateWorkflow(
        _ call: TerminateWorkflowCall, next: (TerminateWorkflowCall) async throws -> Void
    ) async throws

    /// A workflow is to be described.
    func describeWorkflow(
        _ call: DescribeWorkflowCall, next: (DescribeWorkflowCall) async throws -> WorkflowDescription
    ) async throws -> WorkflowDescription
}

extension ClientInterceptor {
    public func startWorkflow(
        _ call: StartWorkflowCall, next: (StartWorkflowCall) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle { try await next(call) }

    public func signalWithStart(
        _ call: SignalWithStartCall, next: (SignalWithStartCall) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle { try await next(call) }

    public func signalWorkflow(
        _ call: SignalWorkflowCall, next: (SignalWorkflowCall) async throws -> Void
    ) async throws { try await next(call) }

    public func queryWorkflow(
        _ call: QueryWorkflowCall, next: (QueryWorkflowCall) async throws -> Payloads
    ) async throws -> Payloads { try await next(call) }

    public func startUpdate(
        _ call: StartUpdateCall, next: (StartUpdateCall) async throws -> UntypedUpdateHandle
    ) async throws -> UntypedUpdateHandle { try await next(call) }

    public func startUpdateWithStart(
        _ call: StartUpdateWithStartCall, next: (StartUpdateWithStartCall) async throws -> StartedUpdate
    ) async throws -> StartedUpdate { try await next(call) }

    public func cancelWorkflow(
        _ call: CancelWorkflowCall, next: (CancelWorkflowCall) async throws -> Void
    ) async throws { try await next(call) }

    public func terminateWorkflow(
        _ call: TerminateWorkflowCall, next: (TerminateWorkflowCall) async throws -> Void
    ) async throws { try await next(call) }

    public func describeWorkflow(
        _ call: DescribeWorkflowCall, next: (DescribeWorkflowCall) async throws -> WorkflowDescription
    ) async throws -> WorkflowDescription { try await next(call) }
}

extension TemporalClient {
    /// Makes a call by way of the interceptors.
    /// - Parameters:
    ///   - hop: Hands the call to an interceptor.
    ///   - send: The call itself.
    func intercepted<Call, Answer>(
        _ call: Call,
        by hop: @escaping (any ClientInterceptor, Call, (Call) async throws -> Answer) async throws -> Answer,
        _ send: @escaping (Call) async throws -> Answer
    ) async throws -> Answer {
        try await pass(call, by: interceptors[...], hop, to: send)
    }
}
