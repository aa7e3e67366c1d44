import Synchronization

/// Decides how many calls to Temporal are on their way at once, over all partitions.
///
/// - When Temporal says that it has too much to do, everybody waits, and half as many calls are made afterwards; each
///   call that succeeds then lets a little more through.
/// - When calls in a row find no Temporal, the circuit opens: nobody calls until a single one, after ever longer waits,
///   has been answered.
final class CallGovernor: Sendable {
    /// How a call ended.
    enum Outcome {
        case succeeded
        /// Temporal answered, and the fault lies in this call.
        case failedAlone
        /// Temporal has too much to do.
        case exhausted
        /// No answer, or none that has to do with this call.
        case unavailable
        /// Nobody waited for the end.
        case abandoned
    }

    private struct State {
        var allowed: Double
        var running = 0
        var throttles = 0
        var throttledUntil: ContinuousClock.Instant?
        /// Calls in a row without an answer.
        var failures = 0
        var openings = 0
        var openUntil: ContinuousClock.Instant?
        var isProbing = false
        var lastSuccess: ContinuousClock.Instant?
        var lastWaiter: UInt64 = 0
        /// No waiter has a lower number.
        var oldestWaiter: UInt64 = 1
        var waiters: [UInt64: CheckedContinuation<Bool, Never>] = [:]
    }

    /// So many calls in a row without an answer open the circuit.
    private static let failureLimit = 8

    private let maximum: Int
    private let backoff: Backoff
    private let state: Mutex<State>

    init(maximum: Int, backoff: Backoff) {
        self.maximum = max(1, maximum)
        self.backoff = backoff
        state = Mutex(State(allowed: Double(max(1, maximum))))
    }

    /// How many calls are on their way.
    var running: Int { state.withLock { $0.running } }
    /// How many may be.
    var allowed: Int { state.withLock { Int($0.allowed) } }
    /// Whether Temporal is taken to be away.
    var isOpen: Bool { state.withLock { $0.openUntil != nil } }

    /// Whether some call has succeeded since then.
    func hasSucceeded(since instant: ContinuousClock.Instant) -> Bool {
        state.withLock { state in state.lastSuccess.map { $0 > instant } ?? false }
    }

    /// Waits for its turn. Whoever waited longest is next. Must be followed by ``release(_:)``.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    func acquire() async throws {
        let id: UInt64? = state.withLock { state in
            if state.waiters.isEmpty, admit(&state) { return nil }
            state.lastWaiter += 1
            return state.lastWaiter
        }
        guard let id else { return }
        let isGranted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    // The cancellation handler may have run before the waiter was here to be found.
                    if Task.isCancelled { return false }
                    if admit(&state) { return true }
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

    /// Notes the end of a call.
    func release(_ outcome: Outcome) {
        let pause: Duration? = state.withLock { state in
            state.running -= 1
            switch outcome {
            case .succeeded, .failedAlone:
                if outcome == .succeeded { state.lastSuccess = .now }
                state.allowed = min(Double(maximum), state.allowed + 1 / state.allowed)
                if state.throttledUntil == nil { state.throttles = 0 }
                closeCircuit(&state)
            case .exhausted:
                closeCircuit(&state)
                return throttle(&state)
            case .unavailable:
                state.failures += 1
                return openCircuit(&state)
            case .abandoned:
                state.isProbing = false
            }
            return nil
        }
        admitWaiters()
        guard let pause else { return }
        Task {
            // When the pause is over there may be nobody else to wake those who wait.
            try? await Task.sleep(for: pause)
            admitWaiters()
        }
    }

    private func closeCircuit(_ state: inout State) {
        state.failures = 0
        state.openings = 0
        state.openUntil = nil
        state.isProbing = false
    }

    /// - Returns: How long everybody waits; nil when that is known already.
    private func throttle(_ state: inout State) -> Duration? {
        guard state.throttledUntil == nil else { return nil }
        state.throttles += 1
        state.allowed = max(1, state.allowed / 2)
        let pause = backoff.delay(afterAttempt: state.throttles)
        state.throttledUntil = .now + pause
        return pause
    }

    /// - Returns: How long the circuit is open; nil when it is not, or when that is known already.
    private func openCircuit(_ state: inout State) -> Duration? {
        guard state.failures >= Self.failureLimit, state.openUntil == nil || state.isProbing else { return nil }
        state.isProbing = false
        state.openings += 1
        let pause = backoff.delay(afterAttempt: state.openings)
        state.openUntil = .now + pause
        return pause
    }

    private func admit(_ state: inout State) -> Bool {
        let now = ContinuousClock.now
        if let until = state.throttledUntil {
            guard now >= until else { return false }
            state.throttledUntil = nil
        }
        if let until = state.openUntil {
            guard now >= until, !state.isProbing else { return false }
            state.isProbing = true
        } else {
            guard state.running < Int(state.allowed) else { return false }
        }
        state.running += 1
        return true
    }

    private func admitWaiters() {
        let admitted = state.withLock { state in
            var admitted: [CheckedContinuation<Bool, Never>] = []
            while !state.waiters.isEmpty {
                // Numbers without a waiter are those of waiters that were cancelled.
                guard state.waiters[state.oldestWaiter] != nil else {
                    state.oldestWaiter += 1
                    continue
                }
                guard admit(&state) else { break }
                if let waiter = state.waiters.removeValue(forKey: state.oldestWaiter) { admitted.append(waiter) }
                state.oldestWaiter += 1
            }
            return admitted
        }
        for waiter in admitted { waiter.resume(returning: true) }
    }
}
