import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A child process of the development stack. It ends with this process, however that ends: its standard input is a pipe
/// from here. What it prints goes to files.
struct StackMember: Sendable {
    let name: String
    let process: ChildProcess
    private let output: URL
    private let log: URL
    /// Held open for as long as the child is to live.
    private let lifeline: OpenFile

    /// - Parameter folder: Where its output and its log go.
    /// - Throws: ``CommandFailure`` when it can't be started.
    init(
        name: String, program: String, arguments: [String], environment: [String: String], folder: URL
    ) throws(CommandFailure) {
        self.name = name
        output = folder.appending(path: "\(name).out")
        log = folder.appending(path: "\(name).log")
        let input = try OpenFile.pipe()
        lifeline = input.writing
        let outputFile = try OpenFile(path: output.path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND)
        let logFile = try OpenFile(path: log.path, O_WRONLY | O_CREAT | O_APPEND)
        process = try ChildProcess(
            program, arguments, environment: environment, input: input.reading.descriptor,
            output: outputFile.descriptor, errors: logFile.descriptor)
    }

    /// Waits for the first line of output, by which a child tells that it serves.
    /// - Throws: ``CommandFailure`` after `limit`; `CancellationError`.
    func firstLine(within limit: Duration) async throws -> String {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            let text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
            if let end = text.firstIndex(of: "\n") { return String(text[..<end]) }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw CommandFailure("\(name) was not ready within \(limit)\(logTail)")
    }

    /// Waits until a role says that it can do its work.
    /// - Parameter address: Where it answers `/readyz`.
    /// - Throws: ``CommandFailure`` with its last answer after `limit`, which tells what it lacks; `CancellationError`.
    func waitUntilReady(at address: String, within limit: Duration) async throws {
        let request = HTTPClientRequest(url: "\(address)/readyz")
        let deadline = ContinuousClock.now + limit
        var answer = ""
        while ContinuousClock.now < deadline {
            do {
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
                answer = String(buffer: try await response.body.collect(upTo: 65_536))
                if response.status == .ok { return }
            } catch {
                try Task.checkCancellation()
                answer = "\(error)"
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw CommandFailure("\(name) was not ready within \(limit), and said \(answer)\(logTail)")
    }

    /// The last lines of the log, each on a line of its own, to stand after a message.
    var logTail: String {
        let text = ((try? String(contentsOf: log, encoding: .utf8)) ?? "")
        let lines = text.split(separator: "\n").suffix(10)
        guard !lines.isEmpty else { return "; it logged nothing" }
        return "; the end of its log, \(log.path):\n" + lines.map { "  \($0)" }.joined(separator: "\n")
    }
}
