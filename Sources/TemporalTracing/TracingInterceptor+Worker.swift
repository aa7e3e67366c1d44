public import Temporal
public import TemporalAPI
import Tracing

extension TracingInterceptor: WorkerInterceptor {
    public func executeActivity(
        _ call: ExecuteActivityCall, next: (ExecuteActivityCall) async throws -> Payloads
    ) async throws -> Payloads {
        let info = call.context.info
        let parent = extract(info.headers) ?? .topLevel
        return try await tracer.withAnySpan("RunActivity:\(info.activityType)", context: parent, ofKind: .server) {
            span in
            TracedIDs(workflowID: info.workflowID, runID: info.runID, activityID: info.activityID).describe(span)
            return try await next(call)
        }
    }

    public func executeWorkflow(
        _ call: ExecuteWorkflowCall, next: (ExecuteWorkflowCall) async throws -> Payloads
    ) async throws -> Payloads {
        let type = call.context.info.workflowType
        return try await within("RunWorkflow:\(type)", call.context) {
            do {
                let result = try await next(call)
                mark("CompleteWorkflow:\(type)", call.context)
                return result
            } catch {
                // Other errors fail the task, not the workflow.
                if call.context.failsWorkflow(error) {
                    mark("CompleteWorkflow:\(type)", call.context, error: error)
                }
                throw error
            }
        }
    }

    public func handleSignal(
        _ call: HandleSignalCall, next: (HandleSignalCall) async throws -> Void
    ) async throws {
        try await within("HandleSignal:\(call.name)", call.context, linkedTo: call.headers) { try await next(call) }
    }

    public func validateUpdate(_ call: HandleUpdateCall, next: (HandleUpdateCall) throws -> Void) throws {
        let parent = extract(call.context.info.headers)
        point(
            "ValidateUpdate:\(call.name)", call.context, in: parent, .server, updateID: call.id,
            linkedTo: extract(call.headers))
        try ServiceContext.$current.withValue(parent) { try next(call) }
    }

    public func handleUpdate(
        _ call: HandleUpdateCall, next: (HandleUpdateCall) async throws -> Payload
    ) async throws -> Payload {
        try await within("HandleUpdate:\(call.name)", call.context, updateID: call.id, linkedTo: call.headers) {
            try await next(call)
        }
    }

    /// A query is never replayed. It belongs to the trace of whoever asked.
    public func handleQuery(
        _ call: HandleQueryCall, next: (HandleQueryCall) throws -> Payload
    ) throws -> Payload {
        guard let parent = extract(call.headers) else { return try next(call) }
        let context = span(
            "HandleQuery:\(call.name)", call.context, in: parent, .server, linkedTo: extract(call.context.info.headers))
        return try ServiceContext.$current.withValue(context) { try next(call) }
    }

    public func scheduleActivity(_ call: inout ScheduleActivity, _ context: WorkflowContext) {
        inject(mark("StartActivity:\(call.type)", context, .client), into: &call.headers)
    }

    public func scheduleLocalActivity(_ call: inout ScheduleLocalActivity, _ context: WorkflowContext) {
        inject(mark("StartActivity:\(call.type)", context, .client), into: &call.headers)
    }

    public func startChild(_ call: inout StartChild, _ context: WorkflowContext) {
        inject(mark("StartChildWorkflow:\(call.type)", context, .client), into: &call.headers)
    }

    public func signalExternal(_ call: inout SignalExternal, _ context: WorkflowContext) {
        let kind = call.isForChild ? "SignalChildWorkflow" : "SignalExternalWorkflow"
        inject(mark("\(kind):\(call.name)", context, .client), into: &call.headers)
    }

    /// The new run belongs where this one does.
    public func continueAsNew(_ call: inout ContinueAsNewCall, _ context: WorkflowContext) {
        call.options.headers[Self.headerKey] = context.info.headers[Self.headerKey]
    }

    /// Runs code of a workflow in the context that the run was started in, and marks its beginning by a span. That span is not the parent
    /// of what follows: after a replay there would be another parent, or none.
    private func within<Result>(
        _ name: String, _ context: WorkflowContext, updateID: String? = nil, linkedTo headers: [String: Payload] = [:],
        _ body: () async throws -> Result
    ) async throws -> Result {
        let parent = extract(context.info.headers)
        point(name, context, in: parent, .server, updateID: updateID, linkedTo: extract(headers))
        return try await ServiceContext.$current.withValue(parent) { try await body() }
    }

    /// Makes a span of what the code that is running does.
    @discardableResult
    private func mark(
        _ name: String, _ context: WorkflowContext, _ kind: SpanKind = .internal, error: (any Error)? = nil
    ) -> ServiceContext? {
        point(name, context, in: ServiceContext.current, kind, error: error)
    }

    /// - Returns: the context of a new span, or what it would have belonged to: on replay it was made already, and where the run does not
    ///   belong to a trace, each of its points would be a trace of its own.
    @discardableResult
    private func point(
        _ name: String, _ context: WorkflowContext, in parent: ServiceContext?, _ kind: SpanKind,
        updateID: String? = nil, linkedTo link: ServiceContext? = nil, error: (any Error)? = nil
    ) -> ServiceContext? {
        guard let parent else { return nil }
        return context.outsideReplay {
            span(name, context, in: parent, kind, updateID: updateID, linkedTo: link, error: error)
        } ?? parent
    }

    private func span(
        _ name: String, _ context: WorkflowContext, in parent: ServiceContext, _ kind: SpanKind,
        updateID: String? = nil, linkedTo link: ServiceContext? = nil, error: (any Error)? = nil
    ) -> ServiceContext {
        let now = DefaultTracerClock.now
        let span: any Span = tracer.startSpan(name, context: parent, ofKind: kind, at: now)
        TracedIDs(workflowID: context.info.workflowID, runID: context.info.runID, updateID: updateID).describe(span)
        if let link { span.addLink(SpanLink(context: link, attributes: [:])) }
        if let error {
            span.recordError(error)
            span.setStatus(.init(code: .error, message: "\(error)"))
        }
        span.end(at: now)
        return span.context
    }
}
