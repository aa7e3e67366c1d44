import Foundation
import Synchronization

/// A child of this process, which is waited for whether or not anyone asks how it ended.
struct ChildProcess: Sendable {
    let pid: pid_t
    private let entry: ProcessEntry
    private let ending: Task<ExitStatus, Never>

    /// Starts a program, see ``Spawn/start(_:_:environment:input:output:errors:)``.
    /// - Throws: ``CommandFailure`` when it can't be started.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], input: Int32, output: Int32,
        errors: Int32
    ) throws(CommandFailure) {
        pid = try Spawn.start(
            program, arguments, environment: environment, input: input, output: output, errors: errors)
        let entry = ProcessEntry(pid: pid)
        self.entry = entry
        ending = Task {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: entry.wait()) }
            }
        }
    }

    /// How the child ended, when it has.
    var status: ExitStatus {
        get async { await ending.value }
    }

    /// Sends a signal, unless the child has ended.
    func signal(_ signal: Int32) { entry.signal(signal) }

    /// Asks the child to end, makes it after `limit`, and waits until it is gone. Goes on when the task is cancelled.
    func end(within limit: Duration) async {
        signal(SIGTERM)
        let deadline = Task.detached {
            try await Task.sleep(for: limit)
            entry.signal(SIGKILL)
        }
        _ = await status
        deadline.cancel()
    }
}

/// A child's entry in the table of processes.
private final class ProcessEntry: Sendable {
    private let pid: pid_t
    /// From then on the process id may belong to somebody else.
    private let isGone = Mutex(false)

    init(pid: pid_t) { self.pid = pid }

    func signal(_ signal: Int32) {
        isGone.withLock { if !$0 { kill(pid, signal) } }
    }

    /// Blocks the thread until the child has ended.
    func wait() -> ExitStatus {
        var information = siginfo_t()
        // Leaves the entry in place, so that it can be taken out while no signal is being sent.
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return isGone.withLock {
            $0 = true
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            return ExitStatus(waitStatus: status)
        }
    }
}
