import Synchronization

/// Holds up asynchronous code, cancelled or not, until a test opens it, once and for all.
public final class AsyncGate: Sendable {
    private struct State {
        var isOpen = false
        var entered = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// How many have come so far.
    public var entered: Int { state.withLock { $0.entered } }

    /// How many are held up now.
    public var waiting: Int { state.withLock { $0.waiters.count } }

    public func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.entered += 1
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    public func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
