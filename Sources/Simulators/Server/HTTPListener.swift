import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// Serves HTTP at one address.
struct HTTPListener: Sendable {
    /// How long requests in progress may go on after the end was asked for.
    private static let gracePeriod = Duration.seconds(5)

    let host: String
    let port: Int
    let logger: Logger

    /// Serves until the task is cancelled; then takes no new connection, finishes the requests in progress and returns.
    ///
    /// - Parameter onStart: Called with the real port once connections are accepted.
    /// - Throws: ``ListenError``.
    func serve(_ router: Router<BasicRequestContext>, onStart: @escaping @Sendable (Int) -> Void) async throws {
        let application = Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: .init(address: .hostname(host, port: port)),
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
            throw ListenError(host: host, port: port, reason: "\(error)")
        }
    }

    private static func isAboutTheAddress(_ error: any Error) -> Bool {
        error is IOError || error is SocketAddressError || error is SocketAddressError.UnknownHost
    }
}
