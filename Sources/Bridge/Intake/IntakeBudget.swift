import Kafka
import Synchronization

/// How much is in memory, over all partitions; reading stops when it is too much, until half of it is done.
final class IntakeBudget: Sendable {
    private struct State {
        var records = 0
        var bytes = 0
        var isHeld = false
    }

    private let maximumRecords: Int
    private let maximumBytes: Int
    /// Stops reading, or lets it go on; called in the order of the changes.
    private let hold: @Sendable (Bool) -> Void
    private let state = Mutex(State())

    init(records: Int, bytes: Int, hold: @escaping @Sendable (Bool) -> Void) {
        maximumRecords = max(1, records)
        maximumBytes = max(1, bytes)
        self.hold = hold
    }

    /// How many records are in memory.
    var records: Int { state.withLock { $0.records } }

    func add(_ records: Int, bytes: Int) {
        state.withLock { state in
            state.records += records
            state.bytes += bytes
            guard !state.isHeld, state.records >= maximumRecords || state.bytes >= maximumBytes else { return }
            state.isHeld = true
            hold(true)
        }
    }

    func remove(_ records: Int, bytes: Int) {
        state.withLock { state in
            state.records -= records
            state.bytes -= bytes
            guard state.isHeld, state.records <= maximumRecords / 2, state.bytes <= maximumBytes / 2 else { return }
            state.isHeld = false
            hold(false)
        }
    }
}

extension KafkaRecord {
    /// What the record takes up, in bytes, but for what the language adds.
    var size: Int {
        headers.reduce((key?.count ?? 0) + (value?.count ?? 0)) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
    }
}
