public import Foundation
import Synchronization

/// A server that tests start as a child process, and that does not outlive this one.
public final class ServerProcess: Sendable {
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
    /// - Parameters:
    ///   - environment: Besides that of this process.
    ///   - user: Whom to run it as, with this user's own group; only root may say.
    ///   - folder: Where what it prints goes to a file. Is removed with the child when this process exits.
    public static func launch(
        executable: String, arguments: [String], environment: [String: String] = [:], user: String? = nil, folder: URL
    ) async throws -> ServerProcess {
        let log = folder.appending(path: "output.log")
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/setpriv")
                let identity = user.map { ["--reuid", $0, "--regid", $0, "--clear-groups"] } ?? []
                process.arguments = ["--pdeathsig", "KILL"] + identity + [executable] + arguments
                process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
                // Another user may have no right to this one's folder.
                if user != nil { process.currentDirectoryURL = URL(filePath: "/") }
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
                let atExit = AtExit.add(child.pid, folder: folder)
                continuation.resume(returning: child)
                process.waitUntilExit()
                AtExit.remove(atExit)
                child.ended.withLock { $0 = true }
            }
            thread.start()
        }
    }

    /// Whether the child is gone.
    public var hasEnded: Bool { ended.withLock { $0 } }

    /// What the child has printed.
    public var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Sends SIGKILL and waits until the child is gone.
    public func kill() async {
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
