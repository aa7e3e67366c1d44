import Synchronization
import TemporalAPI

/// The workers of a connection, as its clients know them: a workflow started by a client can go to a worker of the same process without
/// a detour over the server's queues.
package final class LocalWorkers: Sendable {
    /// Room in a worker for one workflow task. Exactly one of the two must be called, once.
    package struct Reservation: Sendable {
        /// Hands over the task the server answered with.
        package let use: @Sendable (PollWorkflowTask) -> Void
        /// Gives the room back.
        package let release: @Sendable () -> Void
    }

    private struct Place: Hashable {
        let namespace: String
        let taskQueue: String
    }

    private struct Worker {
        let key: String
        let reserve: @Sendable () -> Reservation?
    }

    private let workers = Mutex<[Place: [Worker]]>([:])

    package init() {}

    /// - Parameter key: names the worker for ``remove(_:namespace:taskQueue:)``.
    func add(
        _ key: String, namespace: String, taskQueue: String, reserve: @escaping @Sendable () -> Reservation?
    ) {
        workers.withLock {
            $0[Place(namespace: namespace, taskQueue: taskQueue), default: []].append(
                Worker(key: key, reserve: reserve))
        }
    }

    func remove(_ key: String, namespace: String, taskQueue: String) {
        workers.withLock {
            $0[Place(namespace: namespace, taskQueue: taskQueue)]?.removeAll { $0.key == key }
        }
    }

    /// Takes room in a worker that serves the queue.
    /// - Returns: nil when there is no such worker, or none with room.
    func reserve(namespace: String, taskQueue: String) -> Reservation? {
        let candidates = workers.withLock { $0[Place(namespace: namespace, taskQueue: taskQueue)] ?? [] }
        for worker in candidates {
            if let reservation = worker.reserve() { return reservation }
        }
        return nil
    }
}
