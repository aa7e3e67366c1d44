import SwiftProtobuf
public import TemporalAPI

/// Starts workflows and finds those that are there.
///
/// A client is a value over a shared ``TemporalConnection``; make as many as you like.
public struct TemporalClient: Sendable {
    let service: any WorkflowService
    /// The namespace all calls go to.
    public let namespace: String
    /// Who calls, as Temporal's histories and user interface show it.
    public let identity: String
    let converter: DataConverter

    /// - Parameter converter: Encodes inputs and decodes results; workers must use an equal one.
    public init(_ connection: TemporalConnection, converter: DataConverter = .standard) {
        self.init(
            service: connection, namespace: connection.namespace, identity: connection.identity, converter: converter)
    }

    package init(
        service: any WorkflowService, namespace: String, identity: String, converter: DataConverter = .standard
    ) {
        self.service = service
        self.namespace = namespace
        self.identity = identity
        self.converter = converter
    }

    /// Starts a workflow.
    /// - Throws: ``WorkflowAlreadyStartedError`` if the id is taken; ``TemporalRPCError``; ``DataConversionError``.
    public func startWorkflow<W: Workflow>(
        _ type: W.Type, _ input: W.Input, options: StartWorkflowOptions
    ) async throws -> WorkflowHandle<W> {
        WorkflowHandle(
            try await startWorkflow(
                typeName: W.workflowType, input: converter.payloads(encoding: input), options: options))
    }

    /// Starts a workflow that takes no input.
    public func startWorkflow<W: Workflow>(
        _ type: W.Type, options: StartWorkflowOptions
    ) async throws -> WorkflowHandle<W> where W.Input == NoValue {
        try await startWorkflow(type, NoValue(), options: options)
    }

    /// Starts a workflow by the name of its type, with input that is encoded already.
    public func startWorkflow(
        typeName: String, input: Payloads, options: StartWorkflowOptions
    ) async throws -> UntypedWorkflowHandle {
        let request = Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest(
            typeName: typeName, input: input, options: options, client: self)
        let response = try await starting(options.id) {
            try await startEagerly(request, isWanted: options.requestEagerStart)
        }
        return startedHandle(options.id, response.runID, response.firstExecutionRunID)
    }

    /// Signals the open run of the id in `options`, or starts the workflow and signals that.
    /// - Throws: ``WorkflowAlreadyStartedError`` if no run is open and the reuse policy refuses another;
    ///   ``TemporalRPCError``; ``DataConversionError``.
    public func signalWithStart<W: Workflow, SignalInput>(
        _ type: W.Type, _ input: W.Input, signal: SignalType<SignalInput>, _ signalInput: SignalInput,
        options: StartWorkflowOptions
    ) async throws -> WorkflowHandle<W> {
        WorkflowHandle(
            try await signalWithStart(
                typeName: W.workflowType, input: converter.payloads(encoding: input), signalName: signal.name,
                signalInput: converter.payloads(encoding: signalInput), options: options))
    }

    /// ``signalWithStart(_:_:signal:_:options:)`` by names, with values that are encoded already.
    public func signalWithStart(
        typeName: String, input: Payloads, signalName: String, signalInput: Payloads, options: StartWorkflowOptions
    ) async throws -> UntypedWorkflowHandle {
        var request = Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionRequest(
            typeName: typeName, input: input, options: options, client: self)
        request.signalName = signalName
        if !signalInput.payloads.isEmpty { request.signalInput = signalInput }
        let response = try await starting(options.id) {
            try await service.call(.signalWithStartWorkflowExecution, request, .normal)
        }
        return startedHandle(options.id, response.runID, response.firstExecutionRunID)
    }

    /// A handle of a workflow that is there already; nothing is asked of the server.
    /// - Parameter runID: Nil is the run that is current at each call.
    public func handle<W: Workflow>(for type: W.Type, id: String, runID: String? = nil) -> WorkflowHandle<W> {
        WorkflowHandle(handle(id: id, runID: runID))
    }

    /// A handle of a workflow whose type is not known here.
    /// - Parameter runID: Nil is the run that is current at each call.
    public func handle(id: String, runID: String? = nil) -> UntypedWorkflowHandle {
        UntypedWorkflowHandle(client: self, id: id, runID: runID, startedRunID: runID, firstRunID: nil)
    }

    func startedHandle(_ id: String, _ runID: String, _ firstRunID: String) -> UntypedWorkflowHandle {
        UntypedWorkflowHandle(
            client: self, id: id, runID: nil, startedRunID: runID,
            firstRunID: firstRunID.isEmpty ? runID : firstRunID)
    }

    func starting<Response>(_ id: String, _ call: () async throws -> Response) async throws -> Response {
        do {
            return try await call()
        } catch let error as TemporalRPCError {
            guard case .workflowAlreadyStarted(let runID, let requestID) = error.details else { throw error }
            throw WorkflowAlreadyStartedError(workflowID: id, runID: runID, startRequestID: requestID)
        }
    }
}
