internal import Synchronization

/// The commits that await the broker's answer, by the number they carry through librdkafka.
final class CommitTable: Sendable {
    typealias Committer = CheckedContinuation<Void, any Error>

    private struct State {
        var lastID: UInt = 0
        var pending: [UInt: Committer] = [:]
    }

    private let state = Mutex(State())

    func add(_ committer: Committer) -> UInt {
        state.withLock { state in
            state.lastID += 1
            state.pending[state.lastID] = committer
            return state.lastID
        }
    }

    func complete(_ id: UInt, _ result: Result<Void, any Error>) {
        state.withLock { $0.pending.removeValue(forKey: id) }?.resume(with: result)
    }

    func failAll(_ error: KafkaError) {
        let committers = state.withLock { state in
            defer { state.pending = [:] }
            return Array(state.pending.values)
        }
        for committer in committers { committer.resume(throwing: error) }
    }
}
