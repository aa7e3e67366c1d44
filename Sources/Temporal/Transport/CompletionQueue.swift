internal import CGRPC
internal import Synchronization

/// A completion queue of the gRPC core, and the thread that takes its events and resumes whoever waits for them.
///
/// Every operation is started by `perform`. `shutDown` may follow once none is in progress, and `ended` then returns as
/// soon as the thread has stopped touching anything.
final class CompletionQueue: Sendable {
    /// Valid until `shutDown`. The core's queues may be used from any thread.
    nonisolated(unsafe) let pointer: OpaquePointer
    private let end = End()

    /// Starts the thread, or fails if the system has none left.
    init?() {
        let end = Unmanaged.passRetained(self.end)
        let queue = cgrpc_queue_start(
            { tag, ok in
                guard let tag else { return }
                Unmanaged<Operation>.fromOpaque(tag).takeRetainedValue().continuation.resume(returning: ok)
            },
            { context in
                guard let context else { return }
                Unmanaged<End>.fromOpaque(context).takeRetainedValue().reached()
            },
            end.toOpaque()
        )
        guard let queue else {
            end.release()
            return nil
        }
        pointer = queue
    }

    /// Starts an operation that delivers the given tag once, and returns whether it succeeded. If `start` returns false,
    /// it has started nothing and the tag will never come.
    func perform(_ start: (UnsafeMutableRawPointer) -> Bool) async -> Bool {
        await withCheckedContinuation { continuation in
            let operation = Unmanaged.passRetained(Operation(continuation))
            if !start(operation.toOpaque()) {
                operation.release()
                continuation.resume(returning: false)
            }
        }
    }

    /// Ends the thread. To be called once, when no operation is in progress and none will start.
    func shutDown() {
        cgrpc_queue_shut_down(pointer)
    }

    /// Returns when the thread has ended.
    func ended() async {
        await end.wait()
    }

    /// Who waits for the event whose tag is this object's address.
    private final class Operation: Sendable {
        let continuation: CheckedContinuation<Bool, Never>

        init(_ continuation: CheckedContinuation<Bool, Never>) {
            self.continuation = continuation
        }
    }

    /// The thread's end, and who waits for it.
    private final class End: Sendable {
        private enum State {
            case awaited([CheckedContinuation<Void, Never>])
            case reached
        }

        private let state = Mutex(State.awaited([]))

        func reached() {
            let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                guard case .awaited(let waiting) = state else { return [] }
                state = .reached
                return waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        func wait() async {
            await withCheckedContinuation { continuation in
                let isReached = state.withLock { state in
                    guard case .awaited(let waiting) = state else { return true }
                    state = .awaited(waiting + [continuation])
                    return false
                }
                if isReached { continuation.resume() }
            }
        }
    }
}
