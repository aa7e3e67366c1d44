import Synchronization

/// Swift tasks that run on their own, whatever becomes of the one that started them, and that others can wait for.
final class TaskSet: Sendable {
    private struct State {
        var isClosed = false
        var isGivenUp = false
        var nextID: UInt64 = 0
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        /// Waits whose time is up although they have not quite begun.
        var expired: Set<UInt64> = []
    }

    private let state = Mutex(State())
    private let clock: WorkerClock

    init(clock: WorkerClock = .system) { self.clock = clock }

    var count: Int { state.withLock { $0.tasks.count } }
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// - Returns: false once the set is closed.
    @discardableResult
    func start(_ body: @escaping @Sendable () async -> Void) -> Bool {
        // Started under the lock: once the set is closed, nothing may go out that nobody waits for.
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.nextID += 1
            let id = state.nextID
            state.tasks[id] = Task {
                await body()
                self.end(id)
            }
            return true
        }
    }

    /// Lets nothing more begin.
    func close() { state.withLock { $0.isClosed = true } }

    func cancelAll() {
        for task in state.withLock({ Array($0.tasks.values) }) { task.cancel() }
    }

    /// Makes every wait, now and later, end at once.
    func giveUp() {
        let waiters = state.withLock { state in
            state.isGivenUp = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: false) }
    }

    /// Waits until no task is left.
    /// - Parameter limit: waits no longer than this; nil is no limit.
    /// - Returns: false when it was given up first.
    @discardableResult
    func waitUntilEmpty(atMost limit: Duration? = nil) async -> Bool {
        if limit == .zero { return count == 0 }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = limit.map { limit in
            Task {
                try await clock.sleep(limit)
                expire(id)
            }
        }
        defer {
            timer?.cancel()
            state.withLock { _ = $0.expired.remove(id) }
        }
        return await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if state.tasks.isEmpty { return true }
                if state.isGivenUp || state.expired.contains(id) { return false }
                state.waiters[id] = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func expire(_ id: UInt64) {
        let waiter = state.withLock { state in
            let waiter = state.waiters.removeValue(forKey: id)
            if waiter == nil { state.expired.insert(id) }
            return waiter
        }
        waiter?.resume(returning: false)
    }

    private func end(_ id: UInt64) {
        let waiters: [CheckedContinuation<Bool, Never>] = state.withLock { state in
            state.tasks[id] = nil
            guard state.tasks.isEmpty else { return [] }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: true) }
    }
}
