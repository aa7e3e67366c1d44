import DequeModule
import Synchronization

/// A bounded number of permits to work. A poller takes one before it asks for a task, so that no task waits for room.
final class Slots: Sendable {
    private struct State {
        var free: Int
        var nextWaiter: UInt64 = 0
        var waiters = Deque<(id: UInt64, continuation: CheckedContinuation<Bool, Never>)>()
    }

    private let state: Mutex<State>

    init(count: Int) { state = Mutex(State(free: count)) }

    /// Waits for a permit.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func acquire() async throws {
        let id = state.withLock {
            $0.nextWaiter += 1
            return $0.nextWaiter
        }
        let isGranted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock {
                    if Task.isCancelled { return false }
                    if $0.free > 0 {
                        $0.free -= 1
                        return true
                    }
                    $0.waiters.append((id, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: false)
        }
        guard isGranted else { throw CancellationError() }
    }

    func release() {
        let waiter = state.withLock { state in
            if let waiter = state.waiters.popFirst() { return Optional(waiter) }
            state.free += 1
            return nil
        }
        waiter?.continuation.resume(returning: true)
    }
}
