import TemporalAPI

/// The ways to and from workflow code that lead by the interceptors.
extension WorkflowContext {
    /// True for the errors that end the run, or the update, that throws them; any other is a bug, which fails the task.
    public func failsWorkflow(_ error: any Error) -> Bool {
        error is any TemporalFailure || error is CancellationError
            || failureTypes.contains { $0 == Swift.type(of: error) }
    }

    /// Tells something to the outside, such as a span or a figure: once, not again on replay. What `body` starts is none of the run's
    /// business, and what it finds out must not decide what the workflow does.
    /// - Returns: nil on replay.
    public func outsideReplay<Result>(_ body: () -> Result) -> Result? {
        isReplaying || isTearingDown ? nil : WorkflowStrictness.unwatched(body)
    }

    /// Lets the interceptors change what the code asks for. What asks in vain, they do not see.
    func intercept<Call>(
        _ call: inout Call, _ change: (any WorkerInterceptor, inout Call) throws -> Void
    ) throws {
        guard !interceptors.isEmpty, !isTearingDown, !Task.isCancelled else { return }
        for interceptor in interceptors { try change(interceptor, &call) }
    }

    func timer(_ duration: Duration, _ summary: String?) throws -> StartTimer {
        var timer = StartTimer(duration: duration, summary: summary)
        try intercept(&timer) { try $0.startTimer(&$1, self) }
        return timer
    }

    func execute(_ code: any WorkflowCode) async throws -> Payloads {
        guard !interceptors.isEmpty else { return try await code.run(self) }
        return try await pass(
            ExecuteWorkflowCall(context: self, input: input), by: interceptors[...],
            { try await $0.executeWorkflow($1, next: $2) }, to: { _ in try await code.run(self) })
    }

    func handle(_ signal: WorkflowSignal, by handler: @escaping SignalHandler) async throws {
        guard !interceptors.isEmpty else { return try await handler(signal.name, signal.input, self) }
        let call = HandleSignalCall(context: self, name: signal.name, input: signal.input, headers: signal.headers)
        try await pass(
            call, by: interceptors[...], { try await $0.handleSignal($1, next: $2) },
            to: { try await handler($0.name, $0.input, self) })
    }

    func answer(_ query: WorkflowQuery, by handler: @escaping DynamicHandlers.Query) throws -> Payload {
        guard !interceptors.isEmpty else { return try handler(query.type, query.input) }
        let call = HandleQueryCall(context: self, name: query.type, input: query.input, headers: query.headers)
        return try pass(
            call, by: interceptors[...], { try $0.handleQuery($1, next: $2) },
            to: { try handler($0.name, $0.input) })
    }

    /// Decodes the argument of an update, and has it validated if it is new.
    func prepare(_ update: WorkflowUpdate, by handler: UpdateHandler) throws -> UpdateHandler.Body {
        guard !interceptors.isEmpty else { return try handler.prepare(update.input, converter, update.isNew) }
        if update.isNew {
            try pass(
                call(of: update), by: interceptors[...], { try $0.validateUpdate($1, next: $2) },
                to: { _ = try handler.prepare($0.input, self.converter, true) })
        }
        return { context in
            try await pass(
                context.call(of: update), by: context.interceptors[...], { try await $0.handleUpdate($1, next: $2) },
                to: { try await handler.prepare($0.input, context.converter, false)(context) })
        }
    }

    private func call(of update: WorkflowUpdate) -> HandleUpdateCall {
        HandleUpdateCall(
            context: self, id: update.id, name: update.name, input: update.input, headers: update.headers)
    }
}
