/// The kinds of things workflow code waits for; each counts its own from 1.
package enum OperationKind: Int, Sendable, Hashable {
    case timer, activity, child, condition, patch, cancelExternal, close
}

/// Names one operation of a run.
package struct OperationKey: Sendable, Hashable {
    package var kind: OperationKind
    package var sequence: Int

    package init(_ kind: OperationKind, _ sequence: Int) {
        self.kind = kind
        self.sequence = sequence
    }
}

/// What ended a wait.
enum Resolution {
    case fired
    case result(OperationResult)
    case backoff(LocalActivityBackoff)
    case timedOut
}

/// What a run's code is waiting for.
struct OperationTable {
    struct Pending {
        /// The order of creation over all kinds: whatever treats several operations at once does it in this order.
        let ordinal: Int
        let continuation: UnsafeContinuation<Resolution, any Error>
    }

    struct Condition {
        let sequence: Int
        let predicate: () -> Bool
        /// The sequence of the timer that limits the wait.
        let timer: Int?
    }

    private var counters: [OperationKind: Int] = [:]
    private var created = 0
    private var pending: [OperationKey: Pending] = [:]

    /// In the order of creation.
    var conditions: [Condition] = []

    /// Counts even for operations that are cancelled before anything was sent, so that ids stay the same on replay.
    mutating func nextSequence(_ kind: OperationKind) -> Int {
        counters[kind, default: 0] += 1
        return counters[kind, default: 0]
    }

    mutating func add(_ key: OperationKey, _ continuation: UnsafeContinuation<Resolution, any Error>) {
        created += 1
        pending[key] = Pending(ordinal: created, continuation: continuation)
    }

    mutating func remove(_ key: OperationKey) -> UnsafeContinuation<Resolution, any Error>? {
        pending.removeValue(forKey: key)?.continuation
    }

    func isPending(_ key: OperationKey) -> Bool { pending[key] != nil }

    /// Those of `keys` that are pending, in the order of creation.
    func ordered(_ keys: Set<OperationKey>) -> [OperationKey] {
        keys.compactMap { key in pending[key].map { (key, $0.ordinal) } }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    var allKeys: Set<OperationKey> { Set(pending.keys) }

    /// Takes the first condition that holds.
    mutating func takeFirstTrueCondition() -> Condition? {
        conditions.firstIndex { $0.predicate() }.map { conditions.remove(at: $0) }
    }

    /// Takes the condition whose wait `timer` limits.
    mutating func takeCondition(limitedBy timer: Int) -> Condition? {
        conditions.firstIndex { $0.timer == timer }.map { conditions.remove(at: $0) }
    }

    mutating func takeCondition(_ sequence: Int) -> Condition? {
        conditions.firstIndex { $0.sequence == sequence }.map { conditions.remove(at: $0) }
    }
}
