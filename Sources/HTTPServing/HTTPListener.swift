public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import ServiceLifecycle

/// Serves HTTP at one address.
public struct HTTPListener: Sendable {
    /// How long requests in progress may go on after the end was asked for.
    private static let gracePeriod = Duration.seconds(5)
    /// More wait in the system's queue until others have gone.
    private static let maximumConnections = 4096
    private static let maximumHeaderSize = 16 * 1024
    private static let maximumHeaderCount = 100

    private let name: String
    private let host: String
    private let port: Int
    private let logger: Logger

    /// - Parameters:
    ///   - name: who serves, for error texts, such as `the sidecar`.
    ///   - port: 0 takes a free one.
    public init(name: String, host: String, port: Int, logger: Logger) {
        self.name = name
        self.host = host
        self.port = port
        self.logger = logger
    }

    /// Serves until the task is cancelled; then takes no new connection, finishes the requests in progress and returns.
    ///
    /// - Parameter onStart: Called with the real port once connections are accepted.
    /// - Throws: ``ListenError``.
    public func serve<Context: RequestContext & InitializableFromSource<ApplicationRequestContextSource>>(
        _ router: Router<Context>, onStart: @escaping @Sendable (Int) -> Void
    ) async throws {
        let application = Application(
            router: router,
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(60),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: Self.maximumHeaderSize, maxHeaderListSize: Self.maximumHeaderSize,
                        maxHeaderFieldCount: Self.maximumHeaderCount))),
            configuration: .init(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections, logger: logger)),
            onServerRunning: { [port] channel in onStart(channel.localAddress?.port ?? port) },
            logger: logger
        )
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.gracePeriod
        let group = ServiceGroup(configuration: configuration)
        // A task of its own: cancellation must not reach the requests in progress, but become a shutdown in order.
        let serving = Task { try await group.run() }
        do {
            try await withTaskCancellationHandler {
                try await serving.value
            } onCancel: {
                Task { await group.triggerGracefulShutdown() }
            }
        } catch is CancellationError {
            // The grace period ran out.
        } catch let error where Self.isAboutTheAddress(error) {
            throw ListenError(name: name, host: host, port: port, reason: "\(error)")
        }
    }

    private static func isAboutTheAddress(_ error: any Error) -> Bool {
        error is IOError || error is SocketAddressError || error is SocketAddressError.UnknownHost
    }
}
