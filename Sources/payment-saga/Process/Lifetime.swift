import Foundation

/// How long a command's work goes on.
enum Lifetime {
    /// 128 and the number of SIGINT, as shells have it.
    private static let interrupted: Int32 = 130

    /// How long a process whose parent is gone may take to end in order: nobody is left to ask a second time.
    private static let orphanLimit = Duration.seconds(10)

    /// Runs `body` until it returns or the process is asked to end. The first request cancels it, and it is waited for; a
    /// second one ends the process at once.
    ///
    /// - Parameter limit: How long it may take then; after that the process ends as it is. Nil is for ever.
    /// - Throws: What `body` throws, but for `CancellationError` after a request to end.
    static func run(
        endingWithin limit: Duration? = nil, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let isAskedToEnd = Latch()
        let work = Task { try await body() }
        let watchesParent = EndRequests.watchesParent
        let watch = Task {
            await EndRequests.watch(watchesParent: watchesParent) { origin in
                if isAskedToEnd.trip() { _exit(interrupted) }
                work.cancel()
                let limits = [limit, origin == .parentGone ? orphanLimit : nil].compactMap { $0 }
                guard let shortest = limits.min() else { return }
                Thread.detachNewThread {
                    Thread.sleep(forTimeInterval: shortest.seconds)
                    Terminal.complain("the end took longer than \(shortest); what was under way is left as it is")
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
