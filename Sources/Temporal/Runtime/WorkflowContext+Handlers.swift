import Logging
public import TemporalAPI

/// The handlers that code adds while it runs, and the signals that wait for one.
struct DynamicHandlers {
    typealias Signal = @Sendable (String, Payloads) async throws -> Void
    typealias Query = @Sendable (String, Payloads) throws -> Payload

    var signals: [String: Signal] = [:]
    var anySignal: Signal?
    var queries: [String: Query] = [:]
    var anyQuery: Query?
    var updates: [String: UpdateHandler] = [:]
    /// In the order of their arrival.
    var waitingSignals: [WorkflowSignal] = []

    /// True when the run can hear of something from outside.
    var takesMessages: Bool { !signals.isEmpty || anySignal != nil || !updates.isEmpty }
}

extension WorkflowContext {
    /// Handles a signal from now on, in place of the handler the workflow type has for it, if any. Signals of this name that nobody
    /// handled so far are handled first, in the order of their arrival.
    public func setSignalHandler<Input>(
        _ type: SignalType<Input>, _ handler: @escaping @Sendable (Input) async throws -> Void
    ) {
        guard mayWrite() else { return }
        let signal: DynamicHandlers.Signal = { [unowned self] name, payloads in
            guard let input = decodeSignal(Input.self, name, payloads) else { return }
            try await handler(input)
        }
        handlers.signals[type.name] = signal
        deliverWaiting(to: signal) { $0 == type.name }
    }

    /// Handles all signals that have no handler of their own from now on, those that nobody handled so far first.
    public func setDynamicSignalHandler(_ handler: @escaping @Sendable (String, Payloads) async throws -> Void) {
        guard mayWrite() else { return }
        handlers.anySignal = handler
        deliverWaiting(to: handler) { _ in true }
    }

    /// Answers a query from now on, in place of the handler the workflow type has for it, if any.
    public func setQueryHandler<Input, Output>(
        _ type: QueryType<Input, Output>, _ handler: @escaping @Sendable (Input) throws -> Output
    ) {
        guard mayWrite() else { return }
        let converter = converter
        handlers.queries[type.name] = { _, payloads in
            try converter.payload(encoding: handler(converter.decode(Input.self, from: payloads)))
        }
    }

    /// Answers all queries that have no handler of their own from now on.
    public func setDynamicQueryHandler(_ handler: @escaping @Sendable (String, Payloads) throws -> Payload) {
        guard mayWrite() else { return }
        handlers.anyQuery = handler
    }

    private func deliverWaiting(to handler: @escaping DynamicHandlers.Signal, where matches: (String) -> Bool) {
        let waiting = handlers.waitingSignals.filter { matches($0.name) }
        handlers.waitingSignals.removeAll { matches($0.name) }
        for signal in waiting {
            let execution = HandlerExecution(
                kind: .signal, name: signal.name, unfinishedPolicy: .warnAndAbandon,
                group: .signal(eventID: signal.eventID))
            WorkflowRuntime.startRoot(self, execution) { [unowned self] in
                try await handle(signal) { name, input, _ in try await handler(name, input) }
            }
        }
    }

    /// - Returns: nil when the signal can't be read: it would fail every task of the run for ever, so it is dropped, and said so.
    func decodeSignal<Input: Decodable>(_ type: Input.Type, _ name: String, _ payloads: Payloads) -> Input? {
        do {
            return try converter.decode(type, from: payloads)
        } catch {
            logger.error("signal dropped: \(error)", metadata: ["signal": "\(name)"])
            return nil
        }
    }
}
