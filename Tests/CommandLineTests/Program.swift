import Foundation
import Testing
import WaitingTestSupport

/// The built `payment-saga`, run as a user runs it. What it prints goes to files; it ends with the test process.
final class Program: Sendable {
    /// It is beside the tests, wherever they were built.
    static let executable = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "payment-saga")

    /// The repository, whose examples and tools the program finds under its current directory.
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private let process: Process
    private let input: Pipe
    private let folder: URL

    /// Starts the program.
    /// - Parameter environment: Besides the one of the tests; an empty value takes a variable away.
    /// - Parameter command: Another program with its arguments, which is to run this one.
    init(
        _ arguments: [String], environment: [String: String] = [:], directory: URL = repository,
        behind command: [String] = []
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "payment-saga-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process = Process()
        input = Pipe()
        let line = command + [Self.executable?.path ?? ""] + arguments
        process.executableURL = URL(filePath: line[0])
        process.arguments = Array(line.dropFirst())
        process.currentDirectoryURL = directory
        process.environment = ProcessInfo.processInfo.environment
            .merging(["PAYMENT_SAGA_EXIT_WITH_PARENT": "1", "TMPDIR": folder.path]) { $1 }.merging(environment) { $1 }
            .filter { !$1.isEmpty }
        process.standardInput = input
        process.standardOutput = try Self.file(folder.appending(path: "output"))
        process.standardError = try Self.file(folder.appending(path: "errors"))
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    var pid: pid_t { process.processIdentifier }
    var output: String { Self.text(folder.appending(path: "output")) }
    var errors: String { Self.text(folder.appending(path: "errors")) }

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits until the program has ended.
    /// - Returns: Its exit status.
    func status(within limit: Duration = .seconds(120)) async throws -> Int32 {
        try await eventually("the program ended\n\(output)\n\(errors)", within: limit) { !process.isRunning }
        return process.terminationStatus
    }

    /// Waits until the program has printed a line that holds `text`.
    func line(containing text: String, within limit: Duration = .seconds(120)) async throws -> String {
        var found: Substring?
        try await eventually("\"\(text)\" was printed\n\(output)\n\(errors)", within: limit) {
            let isRunning = process.isRunning
            found = output.split(separator: "\n").first { $0.contains(text) }
            return found != nil || !isRunning
        }
        return String(try #require(found, "the program ended: \(errors)"))
    }

    private static func file(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    private static func text(_ url: URL) -> String { (try? String(contentsOf: url, encoding: .utf8)) ?? "" }
}
