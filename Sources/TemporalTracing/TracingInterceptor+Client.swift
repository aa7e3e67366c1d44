public import Temporal
public import TemporalAPI
import Tracing

extension TracingInterceptor: ClientInterceptor {
    public func startWorkflow(
        _ call: StartWorkflowCall, next: (StartWorkflowCall) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        try await traced("StartWorkflow:\(call.workflowType)", .init(workflowID: call.options.id)) { context in
            var call = call
            inject(context, into: &call.headers)
            return try await next(call)
        }
    }

    public func signalWithStart(
        _ call: SignalWithStartCall, next: (SignalWithStartCall) async throws -> UntypedWorkflowHandle
    ) async throws -> UntypedWorkflowHandle {
        let name = "SignalWithStartWorkflow:\(call.start.workflowType)"
        return try await traced(name, .init(workflowID: call.start.options.id)) { context in
            var call = call
            inject(context, into: &call.start.headers)
            return try await next(call)
        }
    }

    public func signalWorkflow(
        _ call: SignalWorkflowCall, next: (SignalWorkflowCall) async throws -> Void
    ) async throws {
        try await traced("SignalWorkflow:\(call.name)", .init(workflowID: call.workflowID)) { context in
            var call = call
            inject(context, into: &call.headers)
            try await next(call)
        }
    }

    public func queryWorkflow(
        _ call: QueryWorkflowCall, next: (QueryWorkflowCall) async throws -> Payloads
    ) async throws -> Payloads {
        try await traced("QueryWorkflow:\(call.name)", .init(workflowID: call.workflowID)) { context in
            var call = call
            inject(context, into: &call.headers)
            return try await next(call)
        }
    }

    public func startUpdate(
        _ call: StartUpdateCall, next: (StartUpdateCall) async throws -> UntypedUpdateHandle
    ) async throws -> UntypedUpdateHandle {
        let ids = TracedIDs(workflowID: call.workflowID, updateID: call.id)
        return try await traced("StartWorkflowUpdate:\(call.name)", ids) { context in
            var call = call
            inject(context, into: &call.headers)
            return try await next(call)
        }
    }

    public func startUpdateWithStart(
        _ call: StartUpdateWithStartCall, next: (StartUpdateWithStartCall) async throws -> StartedUpdate
    ) async throws -> StartedUpdate {
        let ids = TracedIDs(workflowID: call.start.options.id, updateID: call.updateID)
        return try await traced("StartUpdateWithStartWorkflow:\(call.start.workflowType)", ids) { context in
            var call = call
            inject(context, into: &call.start.headers)
            inject(context, into: &call.updateHeaders)
            return try await next(call)
        }
    }

    private func traced<Answer>(
        _ name: String, _ ids: TracedIDs, _ body: (ServiceContext) async throws -> Answer
    ) async throws -> Answer {
        try await tracer.withAnySpan(name, ofKind: .client) { span in
            ids.describe(span)
            return try await body(span.context)
        }
    }
}
