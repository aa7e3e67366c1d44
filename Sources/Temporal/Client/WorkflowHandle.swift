public import TemporalAPI

/// One workflow of type `W`, known by its id.
public struct WorkflowHandle<W: Workflow>: Sendable {
    /// The same workflow without its Swift types, for values that are encoded already.
    public let untyped: UntypedWorkflowHandle

    init(_ untyped: UntypedWorkflowHandle) { self.untyped = untyped }

    /// The workflow's id.
    public var id: String { untyped.id }
    /// The run that calls go to; nil is the one that is current at each call.
    public var runID: String? { untyped.runID }
    /// The run the start answered with, or the one the handle was made for; results are awaited from here on.
    public var startedRunID: String? { untyped.startedRunID }

    /// Sends a signal. The server has stored it when this returns.
    /// - Parameter requestID: Signals with the same one are applied to a run once; a new UUID unless given.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; ``TemporalRPCError``;
    ///   ``DataConversionError``.
    public func signal<Input>(_ type: SignalType<Input>, _ input: Input, requestID: String? = nil) async throws {
        let payloads = try untyped.client.converter.payloads(encoding: input)
        try await untyped.signal(name: type.name, input: payloads, requestID: requestID)
    }

    /// Sends a signal that carries no value.
    public func signal(_ type: SignalType<NoValue>, requestID: String? = nil) async throws {
        try await signal(type, NoValue(), requestID: requestID)
    }

    /// Asks the workflow's code something, which a worker answers. Reads only.
    /// - Parameters:
    ///   - rejectCondition: Which workflows not to ask.
    ///   - timeout: How long to wait, once; 30 s and retries unless given.
    /// - Throws: ``WorkflowNotFoundError``; ``WorkflowQueryError``; ``TemporalRPCError``; ``DataConversionError``.
    public func query<Input, Output>(
        _ type: QueryType<Input, Output>, _ input: Input, rejectCondition: QueryRejectCondition = .none,
        timeout: Duration? = nil
    ) async throws -> Output {
        let converter = untyped.client.converter
        let answer = try await untyped.query(
            name: type.name, input: converter.payloads(encoding: input), rejectCondition: rejectCondition,
            timeout: timeout)
        return try converter.decode(Output.self, from: answer)
    }

    /// Asks something that takes no argument.
    public func query<Output>(
        _ type: QueryType<NoValue, Output>, rejectCondition: QueryRejectCondition = .none, timeout: Duration? = nil
    ) async throws -> Output {
        try await query(type, NoValue(), rejectCondition: rejectCondition, timeout: timeout)
    }

    /// Waits until the workflow has closed, and returns what it returned.
    /// - Parameter followRuns: Whether to go on with the runs that follow the first by retry, schedule or
    ///   continue-as-new.
    /// - Throws: ``WorkflowFailedError`` with the cause; ``WorkflowContinuedAsNewError`` if there is another run and it
    ///   is not to be followed; ``WorkflowNotFoundError``; ``TemporalRPCError``; ``DataConversionError``;
    ///   `CancellationError`.
    public func result(followRuns: Bool = true) async throws -> W.Output {
        try untyped.client.converter.decode(W.Output.self, from: await untyped.result(followRuns: followRuns))
    }

    /// What the server knows of the workflow; needs no worker.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func describe() async throws -> WorkflowDescription { try await untyped.describe() }

    /// Asks the workflow to cancel itself; its code decides what that means.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; ``TemporalRPCError``.
    public func cancel(reason: String = "", requestID: String? = nil) async throws {
        try await untyped.cancel(reason: reason, requestID: requestID)
    }

    /// Ends the workflow at once, without its code.
    /// - Throws: ``WorkflowNotFoundError`` if the workflow is not there or closed; ``TemporalRPCError``.
    public func terminate(reason: String, details: Payloads = .init()) async throws {
        try await untyped.terminate(reason: reason, details: details)
    }

    /// All events of the run, oldest first.
    /// - Throws: ``WorkflowNotFoundError``; ``TemporalRPCError``.
    public func fetchHistory() async throws -> [HistoryEvent] { try await untyped.fetchHistory() }
}
