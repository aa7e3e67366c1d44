import DequeModule
import TemporalAPI

/// The runs this worker holds, the least recently used first to go. There are never more than fit: a new run waits until another is gone.
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
        /// 0 for a query.
        let startedEventID: Int64
        let mayBorrow: Bool
        let continuation: CheckedContinuation<Turn, Never>

        var isQuery: Bool { startedEventID == 0 }
    }

    private final class Entry {
        /// Nil until there is room.
        var run: CachedRun?
        var isBusy = true
        /// True while the task in hand waits for local activities, and queries may have the run meanwhile.
        var isLent = false
        var reclaiming: CheckedContinuation<Void, Never>?
        var lastUse: UInt64
        var waiting = Deque<Waiter>()

        var isIdle: Bool { !isBusy && !isLent }

        init(lastUse: UInt64) { self.lastUse = lastUse }
    }

    private let capacity: Int
    private let metrics: SDKMetrics
    private let onAbandon: @Sendable (CachedRun) -> Void
    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0
    private var liveRuns = 0 {
        didSet { metrics.set(.stickyCacheSize, liveRuns) }
    }
    /// New runs that wait for room, or for a run that could make room.
    private var waitingForRoom = Deque<CheckedContinuation<Void, Never>>()

    /// - Parameters:
    ///   - capacity: runs held at the same time; 0 holds each only while a task of it is worked on.
    ///   - onAbandon: hears of runs whose code could not be ended.
    init(
        capacity: Int, metrics: SDKMetrics = .none, onAbandon: @escaping @Sendable (CachedRun) -> Void = { _ in }
    ) {
        self.capacity = capacity
        self.metrics = metrics
        self.onAbandon = onAbandon
    }

    /// Runs in memory.
    var count: Int { liveRuns }

    /// Takes the run of a task for exclusive use until ``checkIn(_:keep:)``, making it if it is not here.
    /// - Parameters:
    ///   - startedEventID: of the task; 0 for a query.
    ///   - mayBorrow: true for queries that the run's memory can answer while its task in hand waits.
    /// - Returns: nil when a newer task of the same run has taken this one's place.
    func checkOut(
        _ runID: String, startedEventID: Int64, mayBorrow: Bool = false, make: @Sendable () -> CachedRun
    ) async -> CachedRun? {
        uses += 1
        let use = uses
        while let entry = entries[runID] {
            entry.lastUse = use
            if !entry.isBusy, !entry.isLent || mayBorrow, let run = entry.run {
                entry.isBusy = true
                noteHit(run)
                return run
            }
            if startedEventID != 0 {
                // Whichever came later, the one that began later is the one the server waits for.
                guard entry.waiting.allSatisfy({ $0.startedEventID <= startedEventID }) else { return nil }
                supersede(in: entry) { _ in true }
            }
            let turn = await withCheckedContinuation { continuation in
                entry.waiting.append(
                    Waiter(startedEventID: startedEventID, mayBorrow: mayBorrow, continuation: continuation))
            }
            switch turn {
            // Handed over while still busy, so that nobody comes in between.
            case .granted:
                if let run = entry.run { noteHit(run) }
                return entry.run
            case .lookAgain: continue
            case .superseded: return nil
            }
        }
        let entry = Entry(lastUse: use)
        entries[runID] = entry
        await makeRoom()
        let run = make()
        entry.run = run
        guard startedEventID != 0 else { return run }
        supersede(in: entry) { $0.startedEventID < startedEventID }
        guard entry.waiting.contains(where: { !$0.isQuery }) else { return run }
        // While this one waited for room, the server gave up on it.
        await checkIn(run, keep: true)
        return nil
    }

    /// Drops a task that waits for a run which has since been given a newer one.
    func supersede(_ runID: String, upTo startedEventID: Int64) {
        guard let entry = entries[runID] else { return }
        supersede(in: entry) { $0.startedEventID <= startedEventID }
    }

    /// Gives a run back.
    /// - Parameter keep: false when the run is closed or of no use any more.
    func checkIn(_ run: CachedRun, keep: Bool) async {
        guard let entry = entries[run.runID], entry.run === run else { return }
        if entry.isLent { return passOn(entry) }
        // Without a cache, the run comes back with its next task, and finds what it was waiting for still running.
        guard keep, capacity > 0 else { return await evict(run, entry, endsLocalActivities: !keep) }
        if let next = entry.waiting.popFirst() {
            next.continuation.resume(returning: .granted)
        } else {
            entry.isBusy = false
            waitingForRoom.popFirst()?.resume()
        }
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
        while let entry = oldestIdle, let run = entry.run {
            entry.isBusy = true
            await evict(run, entry, isForced: false)
        }
    }

    private func noteHit(_ run: CachedRun) { metrics.count(.stickyCacheHit, [.workflowType: run.workflowType]) }

    private var oldestIdle: Entry? {
        entries.values.lazy.filter(\.isIdle).min { $0.lastUse < $1.lastUse }
    }

    private func makeRoom() async {
        while capacity > 0, liveRuns >= capacity {
            if let entry = oldestIdle, let run = entry.run {
                entry.isBusy = true
                await evict(run, entry)
            } else {
                await withCheckedContinuation { waitingForRoom.append($0) }
            }
        }
        liveRuns += 1
    }

    /// Tears down a run nobody else can have, and lets those who wait for it begin anew.
    private func evict(_ run: CachedRun, _ entry: Entry, endsLocalActivities: Bool = true, isForced: Bool = true) async
    {
        if isForced, !run.hasEnded { metrics.count(.stickyCacheTotalForcedEviction) }
        if !(await run.tearDown(endsLocalActivities: endsLocalActivities)) { onAbandon(run) }
        entries[run.runID] = nil
        liveRuns -= 1
        for waiter in entry.waiting { waiter.continuation.resume(returning: .lookAgain) }
        waitingForRoom.popFirst()?.resume()
    }

    private func supersede(in entry: Entry, where isOlder: (Waiter) -> Bool) {
        entry.waiting.removeAll { waiter in
            guard !waiter.isQuery, isOlder(waiter) else { return false }
            waiter.continuation.resume(returning: .superseded)
            return true
        }
    }
}
