import DequeModule
import Foundation

/// A thread that drives workflow runs. Each run belongs to one thread for its whole life, so its state needs no lock; and since these
/// threads are not Swift's own pool, workflow code that blocks cannot starve I/O.
///
/// `@unchecked Sendable`: `work` and `isStopped` are touched only under `condition`.
final class WorkflowThread: @unchecked Sendable {
    private let condition = NSCondition()
    private var work = Deque<() -> Void>()
    private var isStopped = false

    init(name: String) {
        let thread = Thread { [self] in
            while let next = nextWork() { next() }
        }
        thread.name = name
        thread.start()
    }

    /// Runs `body` on this thread and hands back its result.
    func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            condition.withLock {
                work.append { continuation.resume(returning: body()) }
                condition.signal()
            }
        }
    }

    /// Ends the thread once all work handed in so far is done.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.signal()
        }
    }

    private func nextWork() -> (() -> Void)? {
        condition.withLock {
            while work.isEmpty, !isStopped { condition.wait() }
            return work.popFirst()
        }
    }
}
