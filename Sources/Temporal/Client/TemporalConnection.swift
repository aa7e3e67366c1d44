import SwiftProtobuf
import TemporalAPI

/// A connection to one namespace of a Temporal server, shared by the clients and workers of a process.
///
/// ``connect(_:)`` returns once the server has answered. From then on the connection repairs itself: calls made while
/// the server is away are repeated for some seconds, and polls of workers for ever. End it with ``close()``.
public final class TemporalConnection: WorkflowService {
    /// The server's address.
    public let target: ChannelTarget
    /// The namespace all calls go to.
    public let namespace: String
    /// Who calls, as Temporal's histories and user interface show it.
    public let identity: String
    /// What the server calls its version; empty if it does not say.
    public let serverVersion: String
    /// What the server can do beyond the first version of its interface.
    package let capabilities: ServerCapabilities
    private let workers = LocalWorkers()
    private let caller: RPCCaller

    /// Connects to a server and asks what it can do.
    /// - Throws: ``TemporalUnreachableError`` if there was no answer within the configured time; ``TemporalRPCError``
    ///   if the server refused, because of the API key say, or the certificates are unusable; `CancellationError`.
    public static func connect(_ configuration: Configuration) async throws -> TemporalConnection {
        let caller: RPCCaller
        do {
            caller = try RPCCaller(configuration)
        } catch {
            throw TemporalRPCError(operation: "connect", error)
        }
        do {
            let info = try await handshake(caller, within: configuration.connectTimeout)
            return TemporalConnection(configuration, caller, info)
        } catch {
            await caller.channel.close()
            throw error
        }
    }

    private static func handshake(
        _ caller: RPCCaller, within timeout: Duration
    ) async throws -> Temporal_Api_Workflowservice_V1_GetSystemInfoResponse {
        var retries = RPCRetryPolicy.call
        retries.maximumAttempts = nil
        retries.maximumElapsed = timeout
        do {
            return try await caller.call(.getSystemInfo, .init(), timeout: timeout, retries: retries)
        } catch let error as TemporalRPCError {
            switch error.code {
            // A server older than the method has none of the capabilities either.
            case .unimplemented: return .init()
            case .unavailable, .deadlineExceeded:
                throw TemporalUnreachableError(target: caller.channel.target, reason: error.message)
            default: throw error
            }
        }
    }

    private init(
        _ configuration: Configuration, _ caller: RPCCaller,
        _ info: Temporal_Api_Workflowservice_V1_GetSystemInfoResponse
    ) {
        target = configuration.target
        namespace = configuration.namespace
        identity = configuration.identity
        serverVersion = info.serverVersion
        capabilities = info.capabilities
        self.caller = caller
    }

    package func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        try await caller.call(method, request, callClass)
    }

    package var localWorkers: LocalWorkers? { workers }
    /// Changes the API key, for keys that expire: calls made or repeated from now on carry the new one. A configured
    /// `authorization` header still takes its place.
    public func setAPIKey(_ key: String?) { caller.setAPIKey(key) }

    /// Ends all calls in progress with an error and closes the connection. Later calls fail.
    public func close() async { await caller.channel.close() }
}
