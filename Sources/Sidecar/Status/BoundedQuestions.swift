import DequeModule
import Synchronization

/// Bounds how many questions are put at once, and lets those that don't answer be: then only one question at a time is
/// tried, and everything else goes without.
final class BoundedQuestions: Sendable {
    /// How a question ended.
    enum End {
        case answer
        /// It tells nothing of whether others will be answered.
        case nothing
        case silence
    }

    private struct State {
        var asking = 0
        var waiting: Deque<CheckedContinuation<Bool, Never>> = []
        /// How many questions in a row nobody answered.
        var silence = 0
    }

    /// After so many whoever is asked is taken to be away.
    private static let patience = 3

    private let limit: Int
    private let maximumWaiting: Int
    private let metrics: SidecarMetrics?
    private let state = Mutex(State())

    /// - Parameter metrics: Counts the questions to workers that were not put.
    init(limit: Int, maximumWaiting: Int = 1000, metrics: SidecarMetrics? = nil) {
        self.limit = limit
        self.maximumWaiting = maximumWaiting
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
                        metrics?.countUnasked(1, .workersSilent)
                        return false
                    }
                } else if state.asking >= limit {
                    guard state.waiting.count < maximumWaiting else {
                        metrics?.countUnasked(1, .queueFull)
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
    func end(with end: End) {
        let (refused, next): (Deque<CheckedContinuation<Bool, Never>>, CheckedContinuation<Bool, Never>?) =
            state.withLock { state in
                switch end {
                case .answer: state.silence = 0
                case .nothing: break
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
        if !refused.isEmpty { metrics?.countUnasked(refused.count, .workersSilent) }
        for waiting in refused { waiting.resume(returning: false) }
        next?.resume(returning: true)
    }
}
