/// The two kinds of polls for workflow tasks.
enum PollKind: Sendable {
    /// For the tasks any worker may have; all polls for activities are of this kind.
    case normal
    /// For tasks of the runs in this worker's memory.
    case sticky
}

/// Who may take a permit next, as a value. Both kinds of polls draw on the same permits, and neither may keep the other from asking.
struct PollBalance {
    private(set) var free: Int
    private let isShared: Bool
    private(set) var normalPolls = 0
    private(set) var stickyPolls = 0
    /// What the last sticky poll said is waiting behind its task.
    var stickyBacklog = 0

    init(permits: Int, isShared: Bool) {
        free = permits
        self.isShared = isShared
    }

    func allows(_ kind: PollKind) -> Bool {
        guard free > 0 else { return false }
        guard isShared else { return true }
        let (own, other) = kind == .normal ? (normalPolls, stickyPolls) : (stickyPolls, normalPolls)
        // Each kind may always have one poll; beyond that, the last permit is the other's.
        guard own > 0 else { return true }
        if free == 1, other == 0 { return false }
        return kind == .sticky || stickyBacklog <= 1 || stickyBacklog <= stickyPolls
    }

    mutating func beginPoll(_ kind: PollKind) {
        free -= 1
        count(kind, 1)
    }

    /// The poll has ended; its permit is still taken.
    mutating func endPoll(_ kind: PollKind) { count(kind, -1) }

    /// Takes a permit for a task that comes without a poll.
    /// - Returns: false when there is none.
    mutating func reserve() -> Bool {
        guard free > 0 else { return false }
        free -= 1
        return true
    }

    mutating func release() { free += 1 }

    private mutating func count(_ kind: PollKind, _ change: Int) {
        switch kind {
        case .normal: normalPolls += change
        case .sticky: stickyPolls += change
        }
    }
}
