import Foundation
import ProcessTestSupport
import Synchronization

/// A real PostgreSQL server on a free loopback port, with its data in a folder of its own, for tests.
///
/// The server dies with this process, however that ends.
public final class PostgresServer: Sendable {
    /// Whether PostgreSQL is installed; without it there is no server to start.
    public static var isInstalled: Bool { programs != nil }

    private let folder: URL
    /// Where it listens on 127.0.0.1.
    public let port: Int

    private let postmaster = Mutex<ServerProcess?>(nil)
    private let databases = Atomic(0)

    /// The server that all tests of this process share, started at the first call.
    /// - Throws: ``PostgresServerError``.
    public static func shared() async throws -> PostgresServer { try await sharedServer.value }

    private static let sharedServer = Task { try await start() }

    /// Starts a server of the caller's own; end it with ``stop()``.
    /// - Throws: ``PostgresServerError``.
    public static func start() async throws -> PostgresServer {
        let server = try PostgresServer()
        try await server.initialise()
        try await server.launch()
        return server
    }

    private init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "postgres-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try Self.freePort()
    }

    /// The address of one of its databases.
    public func address(_ database: String) -> String { "postgresql://postgres@127.0.0.1:\(port)/\(database)" }

    /// Makes an empty database.
    /// - Returns: Its name.
    /// - Throws: ``PostgresServerError``.
    public func makeDatabase() async throws -> String {
        let name = "test_\(databases.wrappingAdd(1, ordering: .relaxed).newValue)"
        try await query("CREATE DATABASE \(name)", in: "postgres")
        return name
    }

    /// Runs SQL with the server's own client.
    /// - Returns: The rows, with `|` between columns.
    /// - Throws: ``PostgresServerError`` with what the client printed.
    @discardableResult
    public func query(_ sql: String, in database: String) async throws -> String {
        try await Self.run(
            "psql", ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", address(database), "-c", sql])
    }

    /// Kills the postmaster with SIGKILL, as a crash would; its own children notice, and end.
    public func kill() async {
        await postmaster.withLock { $0 }?.kill()
    }

    /// Starts it again on its data, and waits until it takes connections.
    /// - Throws: ``PostgresServerError``.
    public func launch() async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        let arguments = [
            "-D", data, "-h", "127.0.0.1", "-p", "\(port)", "-k", "", "-c", "max_connections=300",
            "-c", "log_min_messages=error", "-c", "log_min_error_statement=panic",
        ]
        // After a crash it may not start before the last child of the one before is gone.
        while true {
            let process = try await ServerProcess.launch(
                executable: try Self.program("postgres"), arguments: arguments, user: Self.user, folder: folder)
            postmaster.withLock { $0 = process }
            while !process.hasEnded {
                if (try? await Self.run("pg_isready", ["-q", "-d", address("postgres")])) != nil { return }
                guard .now < deadline else { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            guard .now < deadline else {
                throw PostgresServerError("PostgreSQL did not start: \(process.output)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Ends the server, and deletes its data.
    public func stop() async {
        await kill()
        try? FileManager.default.removeItem(at: folder)
    }

    private var data: String { folder.appending(path: "data").path }

    private func initialise() async throws {
        let initdb = try Self.program("initdb")
        let arguments = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync"]
        guard let user = Self.user else {
            try await Self.run(initdb, arguments)
            return
        }
        try await Self.run("/bin/chown", [user, folder.path])
        try await Self.run(
            "/usr/bin/setpriv", ["--reuid", user, "--regid", user, "--clear-groups", initdb] + arguments)
    }

    // MARK: Programs

    /// Where PostgreSQL's programs are. Debian keeps the server's off the PATH.
    private static let programs: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let debian = versions.compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return (debian + path).first { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
    }()

    private static func program(_ name: String) throws -> String {
        guard let programs else {
            throw PostgresServerError("PostgreSQL is not installed: scripts/setup --tests installs it")
        }
        return "\(programs)/\(name)"
    }

    /// Whom the server runs as when this process is root's, whom PostgreSQL refuses.
    private static var user: String? { getuid() == 0 ? "postgres" : nil }

    @discardableResult
    private static func run(_ name: String, _ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: name.hasPrefix("/") ? name : try program(name))
        process.arguments = arguments
        // The user that a command changes to may have no right to this one's folder.
        process.currentDirectoryURL = URL(filePath: "/")
        let output = FileManager.default.temporaryDirectory.appending(path: "output-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let handle = try FileHandle(forWritingTo: output)
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { (caller: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in caller.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                caller.resume(throwing: error)
            }
        }
        let text = try String(contentsOf: output, encoding: .utf8)
        guard process.terminationStatus == 0 else { throw PostgresServerError("\(name): \(text)") }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A port nobody listens on, from below the range the system gives to those who ask for any: otherwise another test
    /// could be given the same one before the server has it, or while it is down.
    private static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = UInt16.random(in: 10_000..<20_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
            }
            if isBound { return Int(port) }
        }
        throw PostgresServerError("no free port: \(String(cString: strerror(errno)))")
    }
}

/// Why a server could not be started or asked.
public struct PostgresServerError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
