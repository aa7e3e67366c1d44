/// The kinds of things workflow code waits for; each counts its own from 1.
package enum OperationKind: Int, Sendable, Hashable {
    case timer, activity, child, condition, patch, cancelExternal, update, close, childStart, signalExternal, attributes
    /// A request to cancel a child, which the code does not see.
    case childCancel
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
    case childStarted(runID: String)
    case childExists(workflowID: String, type: String)
}

/// What a run's code is waiting for.
struct OperationTable {
    struct Pending {
        /// The order of creation over all kinds: whatever treats several operations at once does it in this order.
        let ordinal: Int
        /// What is waited for, for people.
        let label: String
        let continuation: UnsafeContinuation<Resolution, any Error>
        /// Those who wait for the same: several tasks may ask for the result of one child.
        var others: [UnsafeContinuation<Resolution, any Error>] = []

        func resume(with result: Result<Resolution, any Error>) {
            continuation.resume(with: result)
            for other in others { other.resume(with: result) }
        }
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

    mutating func add(
        _ key: OperationKey, _ label: String, _ continuation: UnsafeContinuation<Resolution, any Error>
    ) {
        guard pending[key] == nil else {
            pending[key]?.others.append(continuation)
            return
        }
        created += 1
        pending[key] = Pending(ordinal: created, label: label, continuation: continuation)
    }

    mutating func remove(_ key: OperationKey) -> Pending? { pending.removeValue(forKey: key) }

    /// What the run's tasks wait for, in the order of creation.
    var labels: [String] {
        pending.sorted { $0.value.ordinal < $1.value.ordinal }.map { key, pending in
            pending.label.isEmpty ? "\(key.kind) \(key.sequence)" : "\(key.kind) \(key.sequence) (\(pending.label))"
        }
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
