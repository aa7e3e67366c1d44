import Synchronization

/// Lets as many polls of one kind be under way as their scaling wants.
final class PollerAllowance: Sendable {
    private struct State {
        var scaling: PollerScaling
        var active = 0
        /// The one loop that starts the polls of this kind.
        var waiter: CheckedContinuation<Void, Never>?
        var isEnded = false
    }

    private let state: Mutex<State>
    private let clock: WorkerClock

    init(_ scaling: PollerScaling, clock: WorkerClock) {
        state = Mutex(State(scaling: scaling))
        self.clock = clock
    }

    /// How many polls there should be now.
    var target: Int { state.withLock { $0.scaling.target } }

    /// Waits until another poll may start.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func enter() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isGranted = state.withLock { state in
                    if state.isEnded { return true }
                    if state.active < state.scaling.target {
                        state.active += 1
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isGranted { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.isEnded = true
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
        try Task.checkCancellation()
    }

    /// True while another poll may begin in the place of one that has ended.
    var mayStay: Bool { state.withLock { !$0.isEnded && $0.active <= $0.scaling.target } }

    /// Ends a poll.
    func leave() { update { $0.active -= 1 } }

    func record(_ outcome: PollerScaling.Outcome) {
        let now = clock.now()
        update { $0.scaling.record(outcome, at: now) }
    }

    /// How long the next poll should last at most; nil for as long as the connection's own limit.
    var pollTimeout: Duration? {
        let now = clock.now()
        return state.withLock { $0.scaling.isBusy(at: now) } ? .seconds(11) : nil
    }

    private func update(_ body: (inout State) -> Void) {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            body(&state)
            guard let waiter = state.waiter, state.active < state.scaling.target else { return nil }
            state.active += 1
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }
}
