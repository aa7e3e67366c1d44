import Foundation
import Synchronization

/// The activities under way in a worker, so that a shutdown can end those that take too long.
final class RunningActivities: Sendable {
    private struct State {
        var cancels: [Data: @Sendable () -> Void] = [:]
        var isEnding = false
        var emptied: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// True once activities are being cancelled because the worker shuts down.
    var isEnding: Bool { state.withLock { $0.isEnding } }

    func add(_ token: Data, cancel: @escaping @Sendable () -> Void) {
        let isEnding = state.withLock { state in
            state.cancels[token] = cancel
            return state.isEnding
        }
        if isEnding { cancel() }
    }

    func remove(_ token: Data) {
        let waiting: [CheckedContinuation<Void, Never>] = state.withLock { state in
            state.cancels[token] = nil
            guard state.cancels.isEmpty else { return [] }
            defer { state.emptied = [] }
            return state.emptied
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits for the activities under way, and cancels those that are still there after the grace period.
    func drain(gracePeriod: Duration) async {
        let ending = Task {
            try await Task.sleep(for: gracePeriod)
            let cancels = state.withLock { state in
                state.isEnding = true
                return Array(state.cancels.values)
            }
            for cancel in cancels { cancel() }
        }
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.cancels.isEmpty { state.emptied.append(continuation) }
                return state.cancels.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
        ending.cancel()
        // One that is only now being started is too late.
        state.withLock { $0.isEnding = true }
    }
}
