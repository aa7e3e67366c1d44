import Synchronization

/// Says that a worker is to end, and how urgently. It can only become more urgent.
final class ShutdownSignal: Sendable {
    private struct State {
        var isRaised = false
        var isUrgent = false
        var failure: (any Error)?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var hurry: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var isRaised: Bool { state.withLock { $0.isRaised } }

    /// What ended the worker, when nobody asked for it.
    var failure: (any Error)? { state.withLock { $0.failure } }

    /// Asks for the end; asking again makes it urgent.
    func raise() {
        let (waiters, hurry) = state.withLock { state in
            if state.isRaised { state.isUrgent = true }
            state.isRaised = true
            defer {
                state.waiters = []
                if state.isUrgent { state.hurry = nil }
            }
            return (state.waiters, state.isUrgent ? state.hurry : nil)
        }
        for waiter in waiters { waiter.resume() }
        hurry?()
    }

    /// Ends the worker because of an error; of several the first counts, and none is urgent.
    func raise(_ error: any Error) {
        let waiters = state.withLock { state in
            state.failure = state.failure ?? error
            state.isRaised = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isRaised = state.withLock { state in
                if !state.isRaised { state.waiters.append(continuation) }
                return state.isRaised
            }
            if isRaised { continuation.resume() }
        }
    }

    /// Sets what to do once it is urgent; done at once when it is already.
    func whenUrgent(_ body: @escaping @Sendable () -> Void) {
        let isUrgent = state.withLock { state in
            if !state.isUrgent { state.hurry = body }
            return state.isUrgent
        }
        if isUrgent { body() }
    }
}
