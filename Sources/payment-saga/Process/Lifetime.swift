import Foundation

/// How long a command's work goes on.
enum Lifetime {
    /// 128 and the number of SIGINT, as shells have it.
    private static let interrupted: Int32 = 130

    /// How long a process whose parent is gone may take to end in order.
    private static let orphanLimit: TimeInterval = 10

    /// Runs `body` until it returns or the process is asked to end. The first request cancels it, and it is waited for; a
    /// second one ends the process at once.
    ///
    /// - Throws: What `body` throws, but for `CancellationError` after a request to end.
    static func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let isAskedToEnd = Latch()
        let work = Task { try await body() }
        let watchesParent = EndRequests.watchesParent
        let watch = Task {
            await EndRequests.watch(watchesParent: watchesParent) {
                if isAskedToEnd.trip() { _exit(interrupted) }
                work.cancel()
                guard watchesParent else { return }
                // Nobody is left to ask a second time.
                Thread.detachNewThread {
                    Thread.sleep(forTimeInterval: orphanLimit)
                    _exit(interrupted)
                }
            }
        }
        defer { watch.cancel() }
        do {
            try await work.value
        } catch is CancellationError where isAskedToEnd.isTripped {
            return
        }
    }
}
