import DequeModule
import Foundation
import Synchronization

/// A thread that drives workflow runs. Each run belongs to one for its whole life, so its state needs no lock; and since these threads
/// are not Swift's own pool, workflow code that blocks cannot starve I/O.
///
/// Code that does not come back is abandoned together with the thread it blocks, and another thread takes over the rest of the work.
///
/// `@unchecked Sendable`: all that changes is touched only under `condition`.
package final class WorkflowThread: @unchecked Sendable {
    private struct Work {
        let watch: DriveWatch
        let body: @Sendable () -> Void
        let giveUp: @Sendable () -> Void
    }

    private let name: String
    private let condition = NSCondition()
    private var work = Deque<Work>()
    private var current: Work?
    private var isStopped = false

    package init(name: String) {
        self.name = name
        startThread()
    }

    /// Runs `body` on this thread and hands back its result; nil when it was abandoned.
    func run<Result: Sendable>(_ body: @escaping @Sendable (DriveWatch) -> Result) async -> Result? {
        await withCheckedContinuation { continuation in
            let watch = DriveWatch()
            // Either the work or who gives it up answers, whoever is first.
            let answer = Mutex<CheckedContinuation<Result?, Never>?>(continuation)
            let resume: @Sendable (Result?) -> Void = { result in
                answer.withLock { answer in
                    defer { answer = nil }
                    return answer
                }?.resume(returning: result)
            }
            condition.withLock {
                work.append(Work(watch: watch, body: { resume(body(watch)) }, giveUp: { resume(nil) }))
                condition.signal()
            }
        }
    }

    /// Abandons code that did not come back between this and the last `limit` calls.
    func abandon(afterLooks limit: Int) {
        let abandoned: Work? = condition.withLock {
            guard let current, current.watch.abandon(afterLooks: limit) else { return nil }
            self.current = nil
            if !isStopped { startThread() }
            return current
        }
        abandoned?.giveUp()
    }

    /// Ends the thread once all work handed in so far is done.
    package func stop() {
        condition.withLock {
            isStopped = true
            condition.signal()
        }
    }

    private func startThread() {
        let thread = Thread { [self] in
            while let work = nextWork() {
                work.body()
                // Another thread has taken over meanwhile.
                if work.watch.isAbandoned { return }
            }
        }
        thread.name = name
        // Deep recursion in workflow code must not end the process sooner here than it would on the main thread.
        thread.stackSize = 8 << 20
        thread.start()
    }

    private func nextWork() -> Work? {
        condition.withLock {
            current = nil
            while work.isEmpty, !isStopped { condition.wait() }
            current = work.popFirst()
            return current
        }
    }
}
