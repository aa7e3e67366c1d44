import Foundation

extension WorkflowThread {
    /// Looks after threads until the task is cancelled: workflow code that does not come back must not keep others waiting.
    /// - Parameter limit: nil is for ever.
    package static func watch(_ threads: [WorkflowThread], limit: Duration?) async {
        guard let limit, !isDebugged else { return }
        let looks = 4
        while !Task.isCancelled {
            for thread in threads { thread.abandon(afterLooks: looks) }
            // The pace of the machine, not of a worker's clock: it is real code that is stuck.
            try? await Task.sleep(for: limit / looks)
        }
    }

    /// True when a debugger is attached, which stops code for as long as its user likes.
    private static var isDebugged: Bool {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("TracerPid:") })
        else { return false }
        return !line.hasSuffix("\t0")
    }
}
