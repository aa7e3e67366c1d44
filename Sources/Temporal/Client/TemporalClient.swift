public import Foundation
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
    /// Encodes inputs and decodes results.
    public let converter: DataConverter

    let interceptors: [any ClientInterceptor]

    /// - Parameters:
    ///   - converter: Encodes inputs and decodes results; workers must use an equal one.
    ///   - interceptors: See the client's calls on their way out, the first one first.
    public init(
        _ connection: TemporalConnection, converter: DataConverter = .standard,
        interceptors: [any ClientInterceptor] = []
    ) {
        self.init(
            service: connection, namespace: connection.namespace, identity: connection.identity, converter: converter,
            interceptors: interceptors)
    }

    package init(
        service: any WorkflowService, namespace: String, identity: String, converter: DataConverter = .standard,
        interceptors: [any ClientInterceptor] = []
    ) {
        self.service = PayloadCodingService.wrap(service, converter)
        self.namespace = namespace
        self.identity = identity
        self.converter = converter
        self.interceptors = interceptors
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
        try await intercepted(
            StartWorkflowCall(workflowType: typeName, input: input, options: options),
            by: { try await $0.startWorkflow($1, next: $2) }, send)
    }

    private func send(_ call: StartWorkflowCall) async throws -> UntypedWorkflowHandle {
        let request = try Temporal_Api_Workflowservice_V1_StartWorkflowExecutionRequest(call, client: self)
        let response = try await starting(call.options.id) {
            try await startEagerly(request, isWanted: call.options.requestsEagerStart)
        }
        return startedHandle(call.options.id, response.runID, response.firstExecutionRunID)
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
        let start = StartWorkflowCall(workflowType: typeName, input: input, options: options)
        return try await intercepted(
            SignalWithStartCall(start: start, signalName: signalName, signalInput: signalInput),
            by: { try await $0.signalWithStart($1, next: $2) }, send)
    }

    private func send(_ call: SignalWithStartCall) async throws -> UntypedWorkflowHandle {
        var request = try Temporal_Api_Workflowservice_V1_SignalWithStartWorkflowExecutionRequest(
            call.start, client: self)
        request.signalName = call.signalName
        if !call.signalInput.payloads.isEmpty { request.signalInput = call.signalInput }
        let response = try await starting(call.start.options.id) { [request] in
            try await service.call(.signalWithStartWorkflowExecution, request, .normal)
        }
        return startedHandle(call.start.options.id, response.runID, response.firstExecutionRunID)
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

    /// A handle of an activity that its worker left to be completed from elsewhere.
    /// - Parameter taskToken: What the activity knew itself by.
    public func activityHandle(taskToken: Data) -> AsyncActivityHandle {
        AsyncActivityHandle(client: self, target: .token(taskToken))
    }

    /// A handle of an activity that its worker left to be completed from elsewhere.
    /// - Parameter runID: The workflow's run; nil is the one that is current at each call.
    public func activityHandle(workflowID: String, runID: String? = nil, activityID: String) -> AsyncActivityHandle {
        AsyncActivityHandle(
            client: self, target: .id(workflowID: workflowID, runID: runID ?? "", activityID: activityID))
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
