import DequeModule
import Synchronization

/// A bounded number of permits to work. A poller takes one before it asks for a task, so that no task waits for room.
final class Slots: Sendable {
    private struct Waiter {
        let id: UInt64
        let kind: PollKind
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var balance: PollBalance {
            didSet { onChange?(balance) }
        }
        /// Called under the lock, so that it hears of the changes in their order.
        let onChange: (@Sendable (PollBalance) -> Void)?
        var nextWaiter: UInt64 = 0
        var waiters = Deque<Waiter>()

        /// Grants what can be granted, in the order in which it was asked for.
        mutating func takeGranted() -> [Waiter] {
            var granted: [Waiter] = []
            while let index = waiters.firstIndex(where: { balance.allows($0.kind) }) {
                let waiter = waiters.remove(at: index)
                balance.beginPoll(waiter.kind)
                granted.append(waiter)
            }
            return granted
        }
    }

    private let state: Mutex<State>
    let count: Int

    /// - Parameters:
    ///   - isShared: true when both kinds of polls draw on these permits.
    ///   - onChange: hears who has the permits, now and whenever that changes.
    init(count: Int, isShared: Bool = false, onChange: (@Sendable (PollBalance) -> Void)? = nil) {
        self.count = count
        let balance = PollBalance(permits: count, isShared: isShared)
        state = Mutex(State(balance: balance, onChange: onChange))
        onChange?(balance)
    }

    /// Permits nobody has.
    var free: Int { state.withLock { $0.balance.free } }

    /// Waits for a permit to poll.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func acquire(_ kind: PollKind = .normal) async throws {
        let id = state.withLock {
            $0.nextWaiter += 1
            return $0.nextWaiter
        }
        let isGranted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock {
                    if Task.isCancelled { return false }
                    if $0.balance.allows(kind) {
                        $0.balance.beginPoll(kind)
                        return true
                    }
                    $0.waiters.append(Waiter(id: id, kind: kind, continuation: continuation))
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

    /// Takes a permit to poll if nobody waits for one.
    func acquireAtOnce(_ kind: PollKind) -> Bool {
        state.withLock {
            guard $0.waiters.isEmpty, $0.balance.allows(kind) else { return false }
            $0.balance.beginPoll(kind)
            return true
        }
    }

    /// Takes a permit at once, for a task that comes without a poll.
    /// - Returns: false when there is none.
    func reserve() -> Bool { state.withLock { $0.balance.reserve() } }

    /// The poll of a permit has ended; the permit goes on with the task, or is released.
    /// - Parameter stickyBacklog: what the server said is waiting for this worker alone; nil leaves what it said before.
    func endPoll(_ kind: PollKind = .normal, stickyBacklog: Int? = nil) {
        update {
            $0.endPoll(kind)
            if let stickyBacklog { $0.stickyBacklog = stickyBacklog }
        }
    }

    func release() { update { $0.release() } }

    private func update(_ body: (inout PollBalance) -> Void) {
        let granted = state.withLock { state in
            body(&state.balance)
            return state.waiters.isEmpty ? [] : state.takeGranted()
        }
        for waiter in granted { waiter.continuation.resume(returning: true) }
    }
}
