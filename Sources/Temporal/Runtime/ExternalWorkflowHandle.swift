import TemporalAPI

/// A workflow of the same namespace that this one did not start, or does not wait for.
public struct ExternalWorkflowHandle: Sendable {
    /// The workflow's id.
    public let id: String
    /// Nil is the run that is current when the server gets to it.
    public let runID: String?
    let context: WorkflowContext

    /// Sends a signal, and waits until the server has taken it.
    /// - Throws: ``ApplicationFailure`` of type `ExternalWorkflowExecutionNotFound` if no such run is open, or
    ///   `SignalCountLimitExceeded`; ``CanceledFailure`` if the task was cancelled before the signal was sent.
    public func signal<Input>(_ type: SignalType<Input>, _ value: Input) async throws {
        let input = try context.converter.payloads(encoding: value)
        try await context.signal(
            .init(workflowID: id, runID: runID ?? "", isForChild: false, name: type.name, input: input))
    }

    /// Asks the workflow to cancel, and waits until the server has taken the request, which can't be taken back.
    /// - Throws: ``ApplicationFailure`` of type `ExternalWorkflowExecutionNotFound` if no such run is open.
    public func cancel(reason: String = "") async throws {
        let sequence = context.operations.nextSequence(.cancelExternal)
        let request = CancelExternal(workflowID: id, runID: runID ?? "", reason: reason)
        let resolution = try await context.wait(for: .init(.cancelExternal, sequence), id) {
            context.ask(.cancelExternal(sequence: sequence, request))
        }
        try context.check(resolution)
    }
}

extension WorkflowContext {
    /// A workflow of the same namespace; nothing is asked of the server.
    /// - Parameter runID: Nil is the run that is current at each call.
    public func externalWorkflow(id: String, runID: String? = nil) -> ExternalWorkflowHandle {
        ExternalWorkflowHandle(id: id, runID: runID, context: self)
    }

    func signal(_ signal: SignalExternal) async throws {
        var signal = signal
        try intercept(&signal) { try $0.signalExternal(&$1, self) }
        let sequence = operations.nextSequence(.signalExternal)
        let resolution = try await wait(for: .init(.signalExternal, sequence), signal.name) { [signal] in
            ask(.signalExternal(sequence: sequence, signal))
        }
        try check(resolution)
    }

    /// - Throws: what went wrong, if anything.
    func check(_ resolution: Resolution) throws {
        guard case .result(.failed(let failure)) = resolution else { return }
        throw FailureConverter().error(from: failure)
    }

    /// What came of a signal or of a request to cancel.
    func resolve(_ key: OperationKey, _ failure: Failure?) {
        resume(key, returning: .result(failure.map { .failed($0) } ?? .completed(Payloads())))
    }
}
