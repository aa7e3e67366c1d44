import DequeModule
import Synchronization

/// Bounds how many payments are asked at once, and lets workers that don't answer be: then only one question at a time
/// is tried, and everything else goes without.
final class WorkerQuestions: Sendable {
    private struct State {
        var asking = 0
        var waiting: Deque<CheckedContinuation<Bool, Never>> = []
        /// How many questions in a row nobody answered.
        var silence = 0
    }

    /// After so many the workers are taken to be away.
    private static let patience = 3
    private static let maximumWaiting = 1000

    private let limit: Int
    private let metrics: SidecarMetrics
    private let state = Mutex(State())

    init(limit: Int, metrics: SidecarMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    /// Whether another question would have to wait.
    var isBusy: Bool { state.withLock { $0.asking >= limit || $0.silence >= Self.patience } }

    /// Waits for a turn.
    ///
    /// - Returns: false if nothing is to be asked now. Otherwise call ``end(with:)`` when the question is over.
    func begin() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if state.silence >= Self.patience {
                    guard state.asking == 0 else {
                        metrics.countUnasked(1, .workersSilent)
                        return false
                    }
                } else if state.asking >= limit {
                    guard state.waiting.count < Self.maximumWaiting else {
                        metrics.countUnasked(1, .queueFull)
                        return false
                    }
                    state.waiting.append(continuation)
                    return nil
                }
                state.asking += 1
                return true
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Ends a question that had its turn.
    func end(with answer: PaymentAnswer) {
        let (refused, next): (Deque<CheckedContinuation<Bool, Never>>, CheckedContinuation<Bool, Never>?) =
            state.withLock { state in
                switch answer {
                case .report, .unknown: state.silence = 0
                case .unusable: break
                case .silence: state.silence += 1
                }
                guard state.silence < Self.patience else {
                    state.asking -= 1
                    defer { state.waiting = [] }
                    return (state.waiting, nil)
                }
                guard let next = state.waiting.popFirst() else {
                    state.asking -= 1
                    return ([], nil)
                }
                return ([], next)
            }
        if !refused.isEmpty { metrics.countUnasked(refused.count, .workersSilent) }
        for waiting in refused { waiting.resume(returning: false) }
        next?.resume(returning: true)
    }
}
