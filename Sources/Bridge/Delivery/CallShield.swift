import Synchronization

/// Lets the calls of cancelled tasks go on until they are given up.
///
/// A call that is cut off may have been carried out or not. So when a partition goes, waiting for a turn or for the
/// next attempt ends at once, while what is on its way gets some more time to be answered.
final class CallShield: Sendable {
    private struct State {
        var isGivenUp = false
        var lastID: UInt64 = 0
        var abandon: [UInt64: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Makes a call and waits for its end, even if this task is cancelled.
    ///
    /// - Throws: What the call throws; `CancellationError` as soon as calls are given up. The call itself is cancelled
    ///   then, and nobody waits until it has noticed.
    func run<Answer: Sendable>(_ call: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return try await withCheckedThrowingContinuation { continuation in
            let caller = Caller(continuation)
            let isGivenUp = state.withLock { state in
                guard !state.isGivenUp else { return true }
                let task = Task {
                    let answer: Result<Answer, any Error>
                    do {
                        answer = .success(try await call())
                    } catch {
                        answer = .failure(error)
                    }
                    forget(id)
                    caller.resume(with: answer)
                }
                state.abandon[id] = {
                    task.cancel()
                    caller.resume(with: .failure(CancellationError()))
                }
                return false
            }
            if isGivenUp { caller.resume(with: .failure(CancellationError())) }
        }
    }

    /// Cancels what is on its way, and refuses further calls.
    func giveUp() {
        let abandoned = state.withLock { state in
            state.isGivenUp = true
            defer { state.abandon = [:] }
            return Array(state.abandon.values)
        }
        for abandon in abandoned { abandon() }
    }

    private func forget(_ id: UInt64) {
        state.withLock { $0.abandon[id] = nil }
    }
}

/// Who waits for a call; the first answer counts.
private final class Caller<Answer: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Answer, any Error>?>

    init(_ continuation: CheckedContinuation<Answer, any Error>) {
        self.continuation = Mutex(continuation)
    }

    func resume(with result: Result<Answer, any Error>) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: result)
    }
}
