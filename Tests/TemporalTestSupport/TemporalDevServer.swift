import Foundation
import ProcessTestSupport
import Synchronization

/// Temporal's own development server, as a child process on free loopback ports, for tests.
///
/// The server dies with the test process, however that ends: the kernel kills it when the thread that started it is
/// gone, and that thread waits for the server.
public final class TemporalDevServer: Sendable {
    /// Where the frontend listens.
    public let host = "127.0.0.1"
    public let port: Int
    /// Where the web interface listens, if it was asked for.
    public let webPort: Int?
    /// The namespace that is there from the start.
    public let namespace = "default"

    private let arguments: [String]
    private let folder: URL
    private let process = Mutex<ServerProcess?>(nil)

    /// The server all tests of this process share: in memory, started at the first call.
    /// - Throws: ``TemporalDevServerError``.
    public static func shared() async throws -> TemporalDevServer { try await sharedServer.value }

    private static let sharedServer = Task { try await start() }

    /// Starts a server of the caller's own; end it with ``stop()``.
    /// - Parameters:
    ///   - isPersistent: Whether to keep workflows in a file, so that they are there after ``kill()`` and
    ///     ``restart()``.
    ///   - hasWebInterface: Whether to serve the web interface too.
    ///   - endsPolls: Whether to end the polls of a worker that shuts down, so that no task is lost on its way to it. A
    ///     server does that only if it is configured to.
    /// - Throws: ``TemporalDevServerError``.
    public static func start(
        isPersistent: Bool = false, hasWebInterface: Bool = false, endsPolls: Bool = false
    ) async throws -> TemporalDevServer {
        // Between choosing a port and the server's binding it, someone else may take it.
        var attempt = 1
        while true {
            let server = try TemporalDevServer(
                isPersistent: isPersistent, hasWebInterface: hasWebInterface, endsPolls: endsPolls)
            do {
                try await server.launch()
                return server
            } catch let error as TemporalDevServerError {
                await server.stop()
                guard attempt < 3, case .ended = error else { throw error }
                attempt += 1
            }
        }
    }

    private init(isPersistent: Bool, hasWebInterface: Bool, endsPolls: Bool) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "temporal-dev-server-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try Self.freePort()
        var arguments = [
            "server", "start-dev", "--ip", host, "--port", "\(port)", "--log-level", "error",
            // Without these, every workflow task waits for the next of 20 polls a second.
            "--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000",
            "--dynamic-config-value", "history.timerProcessorMaxPollRPS=2000",
            "--search-attribute", "PaymentStatus=Keyword", "--search-attribute", "PaymentUserId=Keyword",
            "--search-attribute", "PaymentStuck=Bool", "--search-attribute", "PaymentWaitsUntil=Datetime",
        ]
        if hasWebInterface {
            let webPort = try Self.freePort()
            self.webPort = webPort
            arguments += ["--ui-port", "\(webPort)"]
        } else {
            webPort = nil
            arguments += ["--headless"]
        }
        if endsPolls { arguments += ["--dynamic-config-value", "frontend.enableCancelWorkerPollsOnShutdown=true"] }
        if isPersistent { arguments += ["--db-filename", folder.appending(path: "temporal.db").path] }
        self.arguments = arguments
    }

    /// Ends the server with SIGKILL, as a crash would, and returns when it is gone.
    public func kill() async {
        guard let running = process.withLock({ $0.take() }) else { return }
        await running.kill()
    }

    /// Starts the server again after ``kill()``, on the same port and, if it is persistent, the same file.
    /// - Throws: ``TemporalDevServerError``.
    public func restart() async throws {
        await kill()
        try await launch()
    }

    /// Ends the server and removes what it kept.
    public func stop() async {
        await kill()
        try? FileManager.default.removeItem(at: folder)
    }

    private func launch() async throws {
        let launched = try await ServerProcess.launch(
            executable: try Self.executable(), arguments: arguments,
            environment: ["HOME": folder.path, "TEMPORAL_VERSION_CHECK_DISABLED": "1"], folder: folder)
        process.withLock { $0 = launched }
        let deadline = ContinuousClock.now + .seconds(120)
        while !Self.accepts(port: port) {
            guard !launched.hasEnded else { throw TemporalDevServerError.ended(output: launched.output) }
            guard ContinuousClock.now < deadline else { throw TemporalDevServerError.notReady(output: launched.output) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// `TEMPORAL_CLI` if set, else the one `scripts/setup` installs, else the one on the PATH.
    private static func executable() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let isExecutable = FileManager.default.isExecutableFile(atPath:)
        if let configured = environment["TEMPORAL_CLI"] {
            guard isExecutable(configured) else { throw TemporalDevServerError.notInstalled(searched: configured) }
            return configured
        }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let installed = root.appending(path: ".tools/venv/bin/temporal").path
        let onPath = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/temporal" }
        guard let found = ([installed] + onPath).first(where: isExecutable) else {
            throw TemporalDevServerError.notInstalled(searched: "\(installed) and the PATH")
        }
        return found
    }

    /// A port nobody listens on, from below the range the system gives to those who ask for any: otherwise a server
    /// that another test starts meanwhile could be given the same one, and be taken for this.
    private static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 20_000..<32_768)
            if try withSocket(port: port, bind) == 0 { return port }
        }
        throw TemporalDevServerError.noFreePort(errno: errno)
    }

    private static func accepts(port: Int) -> Bool {
        (try? withSocket(port: port, connect)) == 0
    }

    /// Calls `body` with a new TCP socket and a loopback address.
    private static func withSocket<Result>(
        port: Int, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) throws -> Result
    ) throws -> Result {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw TemporalDevServerError.noFreePort(errno: errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return try withUnsafePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
