import Foundation
import Synchronization

/// A child process that does not outlive this one.
final class ServerProcess: Sendable {
    private let pid: pid_t
    private let log: URL
    private let ended: Mutex<Bool>

    private init(pid: pid_t, log: URL) {
        self.pid = pid
        self.log = log
        self.ended = Mutex(false)
    }

    /// Starts `executable` under a parent-death signal, from a thread that lives as long as the child: the signal is
    /// sent when the thread that started the child ends, not the process.
    static func launch(executable: String, arguments: [String], home: URL) async throws -> ServerProcess {
        let log = home.appending(path: "output.log")
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/setpriv")
                process.arguments = ["--pdeathsig", "KILL", executable] + arguments
                var environment = ProcessInfo.processInfo.environment
                environment["HOME"] = home.path
                environment["TEMPORAL_VERSION_CHECK_DISABLED"] = "1"
                process.environment = environment
                process.standardInput = FileHandle.nullDevice
                _ = FileManager.default.createFile(atPath: log.path, contents: nil)
                let output = FileHandle(forWritingAtPath: log.path) ?? .nullDevice
                process.standardOutput = output
                process.standardError = output
                do {
                    try process.run()
                } catch {
                    continuation.resume(throwing: error)
                    return
                }
                let child = ServerProcess(pid: process.processIdentifier, log: log)
                let atExit = AtExit.add(child.pid, folder: home)
                continuation.resume(returning: child)
                process.waitUntilExit()
                AtExit.remove(atExit)
                child.ended.withLock { $0 = true }
            }
            thread.start()
        }
    }

    var hasEnded: Bool { ended.withLock { $0 } }

    /// What the child has printed.
    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Sends SIGKILL and waits until the child is gone.
    func kill() async {
        ended.withLock { if !$0 { _ = Foundation.kill(pid, SIGKILL) } }
        while !hasEnded { try? await Task.sleep(for: .milliseconds(5)) }
    }
}

/// Children and folders to remove when the process exits.
private enum AtExit {
    private static let children = Mutex<[pid_t: URL]>([:])

    private static let registered: Void = {
        atexit {
            for (pid, folder) in AtExit.children.withLock({ $0 }) {
                kill(pid, SIGKILL)
                try? FileManager.default.removeItem(at: folder)
            }
        }
    }()

    static func add(_ pid: pid_t, folder: URL) -> pid_t {
        _ = registered
        children.withLock { $0[pid] = folder }
        return pid
    }

    static func remove(_ pid: pid_t) { children.withLock { $0[pid] = nil } }
}
