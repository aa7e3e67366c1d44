internal import CGRPC
internal import Synchronization

/// A connection to one gRPC server, for unary calls, over the gRPC C core.
///
/// Creating a channel connects to nothing: the first call or `connect` does. From then on the core reconnects by itself,
/// when the connection breaks as well as when the server asks for it (GOAWAY): calls in progress then finish on the old
/// connection while new ones open the next. A call made while the server can't be reached fails at once with
/// UNAVAILABLE, and one made while a connection is being opened waits for it.
///
/// After `close`, every call fails with an error whose `isChannelClosed` is true. A channel released without `close`
/// frees the same resources, but nobody learns when.
package final class GRPCChannel: Sendable {
    /// The largest message sent or received, unless a channel is told otherwise: 128 MiB, as in Temporal's own clients.
    package static let defaultMaximumMessageSize = 128 << 20

    /// The server.
    package let target: ChannelTarget
    /// Valid while a user counted in `state` is at work. The core's channels may be used from any thread.
    nonisolated(unsafe) private let channel: OpaquePointer
    private let queue: CompletionQueue
    private let isSecure: Bool
    private let state = Mutex(State())

    private struct State {
        var isClosing = false
        /// The number of `unary` and `connect` in progress: the core's objects are destroyed when closing and at zero.
        var users = 0
        var calls: [ObjectIdentifier: UnaryCall] = [:]
    }

    /// Creates a channel to `target`.
    /// - maximumMessageSize: the largest message in bytes, in both directions; larger ones fail with RESOURCE_EXHAUSTED.
    /// - Throws: INVALID_ARGUMENT if the certificates or the key aren't PEM, or the key is encrypted. Other damage shows
    ///   with the first connection: every call and `connect` then fails with INVALID_ARGUMENT.
    package init(
        target: ChannelTarget,
        security: ChannelSecurity,
        keepAlive: KeepAlive = KeepAlive(),
        maximumMessageSize: Int = GRPCChannel.defaultMaximumMessageSize
    ) throws(GRPCError) {
        if let problem = security.problem {
            throw GRPCError(code: .invalidArgument, message: problem, target: target)
        }
        guard let queue = CompletionQueue() else {
            throw GRPCError(
                code: .resourceExhausted, message: "the system has no thread left for the channel", target: target)
        }
        var options = cgrpc_channel_options()
        options.use_proxy = !target.isLoopback
        options.keepalive_interval_ms = keepAlive.interval.clampedMilliseconds
        options.keepalive_timeout_ms = keepAlive.timeout.clampedMilliseconds
        options.max_message_bytes = Int32(clamping: maximumMessageSize)
        guard let channel = options.createChannel(target: target, security: security) else {
            queue.shutDown()
            throw GRPCError(code: .invalidArgument, message: Self.unusableCredentials, target: target)
        }
        self.target = target
        self.queue = queue
        self.channel = channel
        if case .tls = security { isSecure = true } else { isSecure = false }
    }

    deinit {
        if !state.withLock({ $0.isClosing }) { release() }
    }

    // MARK: Calls

    /// Calls `method` and waits for the response.
    ///
    /// When the task is cancelled the call ends at once with CANCELLED, unless the response has already arrived, which
    /// is then returned. Cancelling says nothing about whether the server carried the call out.
    /// - method: the path, `/package.Service/Method`.
    /// - request: the serialized request message.
    /// - timeout: how long the whole call may take. The server learns of it, and it ends with DEADLINE_EXCEEDED.
    package func unary(
        method: String, request: [UInt8], metadata: GRPCMetadata = [:], timeout: Duration
    ) async throws(GRPCError) -> GRPCResponse {
        guard enter() else { throw closedError(method: method) }
        guard timeout > .zero else {
            leave()
            // The core rounds deadlines up, so that such a call might be carried out all the same.
            throw GRPCError(
                code: .deadlineExceeded, message: "no time is left for the call, which was not sent", method: method,
                target: target)
        }
        let call = UnaryCall(method: method, target: target, timeout: timeout, channel: channel, queue: queue)
        defer { leave(call) }
        for entry in metadata.entries { try call.add(entry) }
        track(call)
        let isComplete = await withTaskCancellationHandler {
            await queue.perform { call.start(request, tag: $0) }
        } onCancel: {
            call.cancel()
        }
        guard isComplete else { throw call.failure(.internal, "the gRPC core refused to start the call") }
        do {
            return try call.result()
        } catch {
            throw clarified(error)
        }
    }

    /// Says what the core leaves unsaid.
    private func clarified(_ error: GRPCError) -> GRPCError {
        var error = error
        if error.code == .cancelled, isClosing {
            error = closedError(method: error.method)
        } else if error.code == .unavailable, isSecure, error.message.hasPrefix("empty address list") {
            // What it says when it can't make a connection out of the credentials. A retry can't either.
            error.code = .invalidArgument
            error.message = Self.unusableCredentials
        }
        return error
    }

    private static let unusableCredentials =
        "TLS can't be set up with these certificates: they are damaged, or the client certificate's private key belongs "
        + "to another one. Check them with `openssl x509` and `openssl pkey`."

    /// Waits until the server can be reached, trying again until then.
    /// - Throws: UNAVAILABLE with the last reason when `timeout` is over, or CANCELLED when the task is cancelled.
    package func connect(timeout: Duration) async throws(GRPCError) {
        guard enter() else { throw closedError() }
        defer { leave() }
        let deadline = ContinuousClock.now + timeout
        while true {
            let connectivity = cgrpc_channel_connect(channel)
            if connectivity == CGRPC_READY { return }
            if isClosing { throw closedError() }
            if Task.isCancelled {
                throw GRPCError(code: .cancelled, message: "connecting was cancelled", target: target)
            }
            let remaining = ContinuousClock.now.duration(to: deadline)
            if remaining <= .zero { throw await unreachable(timeout: timeout, connectivity) }
            // A watch can't be cancelled, so it is a short one.
            let wait = min(remaining, .milliseconds(100)).clampedNanoseconds
            _ = await queue.perform {
                cgrpc_channel_watch(channel, queue.pointer, connectivity, wait, $0)
                return true
            }
        }
    }

    private func unreachable(timeout: Duration, _ connectivity: cgrpc_connectivity) async -> GRPCError {
        var reason = "no answer"
        if connectivity == CGRPC_TRANSIENT_FAILURE {
            // Only a call learns why: here it fails at once, without reaching the network, unless the machine is busy.
            do {
                _ = try await unary(method: "/grpc.health.v1.Health/Check", request: [], timeout: .seconds(1))
            } catch {
                if error.code == .invalidArgument { return error }
                reason = error.message
            }
        }
        return GRPCError(
            code: .unavailable,
            message: "no connection to \(target) within \(timeout): \(reason). Check that the server runs, that the "
                + "address is right, and that both sides agree on TLS.",
            target: target)
    }

    // MARK: Closing

    /// Ends all calls in progress with an error, closes the connection, and waits for the channel's thread to end.
    /// Calling it again waits for the same end.
    package func close() async {
        let (calls, isIdle) = state.withLock { state in
            let isFirst = !state.isClosing
            state.isClosing = true
            return (Array(state.calls.values), isFirst && state.users == 0)
        }
        for call in calls { call.cancel() }
        if isIdle { release() }
        await queue.ended()
    }

    private var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Keeps the core's objects alive until `leave`, unless the channel is closed.
    private func enter() -> Bool {
        state.withLock { state in
            if state.isClosing { return false }
            state.users += 1
            return true
        }
    }

    /// Lets `close` find the call, before it starts.
    private func track(_ call: UnaryCall) {
        let isClosing = state.withLock { state in
            state.calls[ObjectIdentifier(call)] = call
            return state.isClosing
        }
        if isClosing { call.cancel() }
    }

    private func leave(_ call: UnaryCall? = nil) {
        let isLast = state.withLock { state in
            if let call { state.calls[ObjectIdentifier(call)] = nil }
            state.users -= 1
            return state.isClosing && state.users == 0
        }
        if isLast { release() }
    }

    /// Runs once: when closing with no user, when the last user leaves a closing channel, or in deinit.
    private func release() {
        cgrpc_channel_destroy(channel)
        queue.shutDown()
    }

    private func closedError(method: String? = nil) -> GRPCError {
        GRPCError(
            code: .cancelled, message: "the channel was closed", isChannelClosed: true, method: method, target: target)
    }
}
