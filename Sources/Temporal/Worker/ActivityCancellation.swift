import Synchronization

/// Why an activity's Swift task was cancelled.
public enum ActivityCancellationReason: Sendable, Hashable {
    /// Its workflow asked for that.
    case cancelRequested
    /// The server no longer knows the attempt: it timed out there, or the workflow is closed. Nobody waits for the result.
    case gone
    /// Someone paused the activity; it is tried again when that ends.
    case paused
    /// Someone reset the activity; it begins anew.
    case reset
    /// The attempt is over its time, or was silent for too long. Nobody waits for the result.
    case timedOut
    /// The worker ends; another one will try the activity again.
    case workerShutdown
}

/// Thrown by an activity that goes on elsewhere: whoever has ``ActivityInfo/taskToken`` completes it later. The worker reports nothing.
public struct CompleteAsync: Error {
    /// To be thrown once whoever is to complete the activity has its token.
    public init() {}
}

/// Cancels one activity, once, and remembers why.
final class ActivityCancellation: Sendable {
    private struct State {
        var reason: ActivityCancellationReason?
        var cancel: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// The first reason there was.
    var reason: ActivityCancellationReason? { state.withLock { $0.reason } }

    /// Sets what to do on cancellation; done at once when it has come already.
    func whenCancelled(_ cancel: @escaping @Sendable () -> Void) {
        let isCancelled = state.withLock { state in
            state.cancel = cancel
            return state.reason != nil
        }
        if isCancelled { cancel() }
    }

    /// Cancels for a reason; later ones count for nothing.
    func cancel(_ reason: ActivityCancellationReason) {
        let cancel: (@Sendable () -> Void)? = state.withLock { state in
            guard state.reason == nil else { return nil }
            state.reason = reason
            return state.cancel
        }
        cancel?()
    }
}
