import Synchronization

/// The first of several values that are offered, for one who waits for it.
final class FirstValue<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case awaited(CheckedContinuation<Value, Never>)
        case offered(Value)
    }

    private let state = Mutex(State.empty)

    func offer(_ value: Value) {
        let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .empty:
                state = .offered(value)
                return nil
            case .awaited(let waiter):
                state = .offered(value)
                return waiter
            case .offered: return nil
            }
        }
        waiter?.resume(returning: value)
    }

    /// Waits for the first value; for one caller.
    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let value: Value? = state.withLock { state in
                    if case .offered(let value) = state { return value }
                    state = .awaited(continuation)
                    return nil
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }
}
