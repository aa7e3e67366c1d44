package import Foundation
import Synchronization

/// The workers of this process that can take a workflow's first task from the answer to its start, without polling for it.
///
/// All clients and workers of a connection share one of these: workers say what they serve, and clients reserve a slot with one
/// of them before they ask the server for the task.
package final class EagerWorkflowStarts: Sendable {
    /// Room for one workflow task. Exactly one of its closures is called, once.
    package struct Slot: Sendable {
        /// Takes the task, as if it had been polled. Its payloads are decoded.
        package let take: @Sendable (PollWorkflowTask) -> Void
        /// Gives the slot back: the server had no task to give.
        package let release: @Sendable () -> Void

        package init(take: @escaping @Sendable (PollWorkflowTask) -> Void, release: @escaping @Sendable () -> Void) {
            self.take = take
            self.release = release
        }
    }

    private struct Worker: Sendable {
        let id: UUID
        let namespace: String
        let taskQueue: String
        let reserve: @Sendable () -> Slot?
    }

    private let workers = Mutex<[Worker]>([])

    package init() {}

    /// Says that a worker serves a queue.
    /// - Parameter reserve: Reserves a slot, if there is one to spare.
    /// - Returns: What ``remove(_:)`` takes.
    package func add(namespace: String, taskQueue: String, reserve: @escaping @Sendable () -> Slot?) -> UUID {
        let worker = Worker(id: UUID(), namespace: namespace, taskQueue: taskQueue, reserve: reserve)
        workers.withLock { $0.append(worker) }
        return worker.id
    }

    /// Says that a worker takes no more tasks.
    package func remove(_ id: UUID) {
        workers.withLock { workers in workers.removeAll { $0.id == id } }
    }

    func reserve(namespace: String, taskQueue: String) -> Slot? {
        let candidates = workers.withLock { workers in
            workers.filter { $0.namespace == namespace && $0.taskQueue == taskQueue }
        }
        for worker in candidates {
            if let slot = worker.reserve() { return slot }
        }
        return nil
    }
}
