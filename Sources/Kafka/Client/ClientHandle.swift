internal import CRdKafka
internal import Dispatch
internal import Synchronization

/// Owns one librdkafka client and everything made from it, and decides when it may be destroyed.
///
/// Whoever needs the C pointers works inside ``use(_:)``, which counts its callers. ``destroy()`` first refuses new
/// ones, then waits for those inside, and only then takes the client down: queues and the like in the reverse order of
/// their making, the client last. A handle that is dropped without `destroy()` does the same in the background.
final class ClientHandle: Sendable {
    enum Kind {
        case producer
        case consumer
    }

    /// A pointer to an object of librdkafka.
    ///
    /// Sendable because librdkafka's clients, queues and topics are thread-safe by its documentation, and because this
    /// type's pointers are dereferenced inside ``ClientHandle/use(_:)`` only, while the object can't be destroyed.
    struct Pointer: @unchecked Sendable {
        let raw: OpaquePointer
    }

    private struct State {
        var users = 0
        var isClosed = false
        var lastUserLeft: CheckedContinuation<Void, Never>?
        var teardown: [@Sendable () -> Void] = []
    }

    let context: ClientContext
    private let client: Pointer
    private let state = Mutex(State())

    /// - Parameter events: the librdkafka events wanted on queues in place of callbacks.
    init(
        _ kind: Kind,
        configuration: KafkaConfiguration,
        properties: ClientProperties,
        name: String,
        events: Int32 = 0
    ) throws {
        let context = ClientContext(name: name, configuration: configuration)
        let conf = try properties.makeConfiguration(for: configuration)
        context.attach(to: conf, isConsumer: kind == .consumer)
        rd_kafka_conf_set_events(conf, events)
        var client: OpaquePointer?
        let reason = withErrorText { buffer, size in
            client = rd_kafka_new(kind == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, buffer, size)
        }
        guard let client else {
            // rd_kafka_new took the configuration over only if it succeeded.
            rd_kafka_conf_destroy(conf)
            throw KafkaError.invalidConfiguration(property: nil, reason: reason)
        }
        self.client = Pointer(raw: client)
        self.context = context
    }

    deinit {
        let teardown = state.withLock { $0.isClosed ? nil : $0.teardown }
        guard let teardown else { return }
        DispatchQueue.global().async { [client, context] in
            Self.takeDown(client, teardown, context)
        }
    }

    /// Runs `body` with the client, which is not destroyed meanwhile. Calls may nest. Not for blocking calls.
    ///
    /// - Throws: ``KafkaError/closed(client:)``, and what `body` throws.
    func use<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
        try enter()
        defer { leave() }
        return try body(client.raw)
    }

    /// As ``use(_:)``, on a thread that may block.
    func useBlocking<Result: Sendable>(
        _ body: @escaping @Sendable (OpaquePointer) throws -> Result
    ) async throws -> Result {
        try enter()
        defer { leave() }
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [client] in
                continuation.resume(with: Swift.Result { try body(client.raw) })
            }
        }
    }

    /// Has `body` run before the client is destroyed, and before everything that was registered earlier.
    func onDestroy(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.teardown.append(body) }
    }

    /// Waits until nobody uses the client and destroys it. A second call returns at once.
    func destroy() async {
        guard close() else { return }
        await withCheckedContinuation { continuation in
            let busy = state.withLock { state in
                if state.users > 0 { state.lastUserLeft = continuation }
                return state.users > 0
            }
            if !busy { continuation.resume() }
        }
        // Only now: those who were inside may have had something to take down, too.
        let teardown = state.withLock { state in
            defer { state.teardown = [] }
            return state.teardown
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [client, context] in
                Self.takeDown(client, teardown, context)
                continuation.resume()
            }
        }
    }

    /// - Returns: Whether it was open.
    private func close() -> Bool {
        state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
    }

    private func enter() throws {
        let entered = state.withLock { state in
            if !state.isClosed { state.users += 1 }
            return !state.isClosed
        }
        guard entered else { throw KafkaError.closed(client: context.name) }
    }

    private func leave() {
        let waiting = state.withLock { state in
            state.users -= 1
            guard state.users == 0 else { return nil as CheckedContinuation<Void, Never>? }
            defer { state.lastUserLeft = nil }
            return state.lastUserLeft
        }
        waiting?.resume()
    }

    /// The context is a parameter so that it outlives the client, whose threads may still call into it.
    private static func takeDown(_ client: Pointer, _ teardown: [@Sendable () -> Void], _ context: ClientContext) {
        for step in teardown.reversed() { step() }
        // A consumer has left its group by now, or is being dropped as if it had crashed; either way there is nobody
        // to serve the callbacks that leaving the group here would need.
        rd_kafka_destroy_flags(client.raw, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
        withExtendedLifetime(context) {}
    }
}
