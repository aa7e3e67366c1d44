import Synchronization

/// A bounded number of calls at once; whoever waited longest is next.
final class CallSlots: Sendable {
    private struct State {
        var free: Int
        var lastWaiter: UInt64 = 0
        /// No waiter has a lower number.
        var oldestWaiter: UInt64 = 1
        var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(free: max(1, count)))
    }

    /// Waits for a slot, which must be released.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    func acquire() async throws {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let isGranted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    // The cancellation handler may have run before the waiter was here to be found.
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiters[id] = continuation
                    // Others may have come, and gone, since the number was taken.
                    state.oldestWaiter = min(state.oldestWaiter, id)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: false)
        }
        guard isGranted else { throw CancellationError() }
    }

    func release() {
        let waiter: CheckedContinuation<Bool, Never>? = state.withLock { state in
            while !state.waiters.isEmpty {
                defer { state.oldestWaiter += 1 }
                if let waiter = state.waiters.removeValue(forKey: state.oldestWaiter) { return waiter }
            }
            state.free += 1
            return nil
        }
        waiter?.resume(returning: true)
    }
}
