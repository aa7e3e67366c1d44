import Synchronization

/// Lets polls through until the worker shuts down, and then ends those under way.
final class PollGate: Sendable {
    private struct State {
        var isClosed = false
        var nextID: UInt64 = 0
        var cancels: [UInt64: @Sendable () -> Void] = [:]
        var emptied: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Runs a poll that ``cancelPolls()`` can end without touching the task that waits for it.
    /// - Throws: `CancellationError` once the gate is closed.
    func poll<Response: Sendable>(_ body: @escaping @Sendable () async throws -> Response) async throws -> Response {
        // Started under the lock: once the gate is closed, no poll may go out that nobody waits for.
        let started: (task: Task<Response, any Error>, id: UInt64)? = state.withLock { state in
            guard !state.isClosed else { return nil }
            let task = Task(operation: body)
            state.nextID += 1
            state.cancels[state.nextID] = { task.cancel() }
            return (task, state.nextID)
        }
        guard let (task, id) = started else { throw CancellationError() }
        defer { forget(id) }
        return try await task.value
    }

    /// Lets no further poll begin.
    func close() { state.withLock { $0.isClosed = true } }

    func cancelPolls() {
        let cancels = state.withLock { Array($0.cancels.values) }
        for cancel in cancels { cancel() }
    }

    /// Waits until no poll is under way.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.cancels.isEmpty { state.emptied.append(continuation) }
                return state.cancels.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }

    private func forget(_ id: UInt64) {
        let waiting: [CheckedContinuation<Void, Never>] = state.withLock { state in
            state.cancels[id] = nil
            guard state.cancels.isEmpty else { return [] }
            defer { state.emptied = [] }
            return state.emptied
        }
        for continuation in waiting { continuation.resume() }
    }
}
