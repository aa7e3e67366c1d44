import DequeModule
import TemporalAPI

/// The runs this worker holds, the least recently used first to go.
///
/// It also sees to it that one task of a run is worked on at a time. Queries wait their turn; of workflow tasks that come meanwhile only the
/// newest is kept, because the server has given up on the others.
actor RunCache {
    private enum Turn {
        case granted
        /// The run was dropped: look again.
        case lookAgain
        case superseded
    }

    private struct Waiter {
        let isQuery: Bool
        let mayBorrow: Bool
        let continuation: CheckedContinuation<Turn, Never>
    }

    private final class Entry {
        let run: CachedRun
        var isBusy = true
        /// True while the task in hand waits for local activities, and queries may have the run meanwhile.
        var isLent = false
        var reclaiming: CheckedContinuation<Void, Never>?
        var lastUse: UInt64
        var waiting = Deque<Waiter>()

        var isIdle: Bool { !isBusy && !isLent }

        init(run: CachedRun, lastUse: UInt64) {
            self.run = run
            self.lastUse = lastUse
        }
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0

    /// - Parameter capacity: at least the number of tasks worked on at the same time, so that room can always be made.
    init(capacity: Int) { self.capacity = capacity }

    /// Takes the run of a task for exclusive use until ``checkIn(_:keep:)``, making it if it is not here.
    /// - Parameter mayBorrow: true for queries that the run's memory can answer while its task in hand waits.
    /// - Returns: nil when a newer task of the same run has taken this one's place.
    func checkOut(
        _ runID: String, isQuery: Bool, mayBorrow: Bool = false, make: @Sendable () -> CachedRun
    ) async -> CachedRun? {
        uses += 1
        while let entry = entries[runID] {
            entry.lastUse = uses
            guard entry.isBusy || (entry.isLent && !mayBorrow) else {
                entry.isBusy = true
                return entry.run
            }
            if !isQuery, let older = entry.waiting.firstIndex(where: { !$0.isQuery }) {
                entry.waiting.remove(at: older).continuation.resume(returning: .superseded)
            }
            let turn = await withCheckedContinuation { continuation in
                entry.waiting.append(Waiter(isQuery: isQuery, mayBorrow: mayBorrow, continuation: continuation))
            }
            switch turn {
            // Handed over while still busy, so that nobody comes in between.
            case .granted: return entry.run
            case .lookAgain: continue
            case .superseded: return nil
            }
        }
        let entry = Entry(run: make(), lastUse: uses)
        entries[runID] = entry
        await makeRoom()
        return entry.run
    }

    /// Gives a run back.
    /// - Parameter keep: false when the run is closed or of no use any more.
    func checkIn(_ run: CachedRun, keep: Bool) async {
        guard let entry = entries[run.runID], entry.run === run else { return }
        if entry.isLent { return passOn(entry) }
        if keep, capacity > 0 {
            if let next = entry.waiting.popFirst() {
                next.continuation.resume(returning: .granted)
            } else {
                entry.isBusy = false
            }
            return
        }
        entries[run.runID] = nil
        for waiter in entry.waiting { waiter.continuation.resume(returning: .lookAgain) }
        // Without a cache, the run comes back with its next task, and finds what it was waiting for still running.
        await run.tearDown(endsLocalActivities: !keep)
    }

    /// Lets queries have a run whose task in hand waits, until ``reclaim(_:)``.
    func lend(_ run: CachedRun) {
        guard let entry = entries[run.runID], entry.run === run else { return }
        entry.isLent = true
        passOn(entry)
    }

    /// Takes a lent run back, after the query that has it.
    func reclaim(_ run: CachedRun) async {
        guard let entry = entries[run.runID], entry.run === run else { return }
        if entry.isBusy { await withCheckedContinuation { entry.reclaiming = $0 } }
        entry.isBusy = true
        entry.isLent = false
    }

    private func passOn(_ entry: Entry) {
        if let owner = entry.reclaiming {
            entry.reclaiming = nil
            owner.resume()
        } else if let next = entry.waiting.firstIndex(where: \.mayBorrow) {
            entry.waiting.remove(at: next).continuation.resume(returning: .granted)
        } else {
            entry.isBusy = false
        }
    }

    /// Drops every run that is not being worked on.
    func removeAll() async {
        let idle = entries.filter { $0.value.isIdle }
        for runID in idle.keys { entries[runID] = nil }
        for entry in idle.values { await entry.run.tearDown() }
    }

    private func makeRoom() async {
        guard capacity > 0, entries.count > capacity else { return }
        let oldest = entries.filter { $0.value.isIdle }.min { $0.value.lastUse < $1.value.lastUse }
        guard let oldest else { return }
        entries[oldest.key] = nil
        await oldest.value.run.tearDown()
    }
}
