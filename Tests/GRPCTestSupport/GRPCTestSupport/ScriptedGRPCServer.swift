internal import CGRPCTesting
internal import Synchronization
package import Temporal

/// A gRPC server on 127.0.0.1 that answers every unary call with what a closure returns, for tests of a client.
///
/// The closure runs in a task of its own for each call; the task is cancelled when the client gives up or goes away, or
/// when the server stops. Stop every server: `stop` returns when its port is free and its calls are answered.
package final class ScriptedGRPCServer: Sendable {
    package typealias Handler = @Sendable (ScriptedRequest) async -> ScriptedResponse

    /// When a connection gets GOAWAY, and how long its calls may go on afterwards.
    package struct ConnectionAge: Sendable {
        package var limit: Duration
        package var grace: Duration

        package init(limit: Duration, grace: Duration) {
            self.limit = limit
            self.grace = grace
        }
    }

    /// What TLS needs, as PEM.
    package struct Identity: Sendable {
        package var certificateChain: String
        package var privateKey: String
        /// The authorities of clients' certificates; nil asks clients for none.
        package var clientRoots: String?

        package init(certificateChain: String, privateKey: String, clientRoots: String? = nil) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
            self.clientRoots = clientRoots
        }
    }

    /// Where it listens.
    package let target: ChannelTarget
    /// Valid until `stop`.
    nonisolated(unsafe) private let pointer: OpaquePointer
    private let calls: ScriptedCalls
    private let isStopped = Mutex(false)

    /// Starts a server.
    /// - port: a reserved port to listen on; nil means a free one.
    /// - identity: its certificate; nil means plaintext.
    /// - maximumMessageSize: the largest request in bytes; nil means no limit.
    package init(
        port: ReservedPort? = nil,
        identity: Identity? = nil,
        connectionAge: ConnectionAge? = nil,
        maximumMessageSize: Int? = nil,
        handler: @escaping Handler
    ) throws {
        let calls = ScriptedCalls(handler: handler)
        var options = cgrpc_test_server_options()
        options.max_message_bytes = Int32(maximumMessageSize ?? 0)
        if let connectionAge {
            options.max_connection_age_ms = Int32(connectionAge.limit / .milliseconds(1))
            options.max_connection_age_grace_ms = Int32(connectionAge.grace / .milliseconds(1))
        }
        options.called = { context, call in ScriptedCalls.from(context)?.begin(call) }
        options.cancelled = { context, call in ScriptedCalls.from(context)?.cancel(call) }
        options.ended = { context in ScriptedCalls.from(context, releasing: true)?.end() }

        options.shares_port = port != nil
        let address = "127.0.0.1:\(port?.number ?? 0)"
        let context = Unmanaged.passRetained(calls)
        options.context = context.toOpaque()
        var boundPort: Int32 = 0
        guard let server = Self.start(options, address: address, identity: identity, port: &boundPort) else {
            context.release()
            throw ScriptedServerError(address: address)
        }
        pointer = server
        self.calls = calls
        target = ChannelTarget(host: "127.0.0.1", port: Int(boundPort))
    }

    /// Stops listening, gives calls in progress up (or lets them finish first), and closes all connections.
    package func stop(cancellingCalls: Bool = true) async {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        if isFirst { cgrpc_test_server_stop(pointer, cancellingCalls) }
        await calls.ended()
    }

    private static func start(
        _ options: cgrpc_test_server_options, address: String, identity: Identity?, port: inout Int32
    ) -> OpaquePointer? {
        var options = options
        return address.withCString { address in
            options.address = address
            guard let identity else { return cgrpc_test_server_start(&options, &port) }
            return identity.certificateChain.withCString { chain in
                identity.privateKey.withCString { key in
                    options.certificate_chain = chain
                    options.private_key = key
                    guard let roots = identity.clientRoots else { return cgrpc_test_server_start(&options, &port) }
                    return roots.withCString { roots in
                        options.client_root_certificates = roots
                        return cgrpc_test_server_start(&options, &port)
                    }
                }
            }
        }
    }
}
