import TemporalAPI

/// The runs this worker holds, the least recently used first to go.
///
/// It also sees to it that one task of a run is worked on at a time: of tasks that come meanwhile only the newest is kept, because
/// the server has given up on the others.
actor RunCache {
    private final class Entry {
        let run: CachedRun
        var isBusy = true
        var lastUse: UInt64
        var waiting: CheckedContinuation<Bool, Never>?

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

    var count: Int { entries.count }

    /// Takes the run of a task for exclusive use until ``checkIn(_:keep:)``, making it if it is not here.
    /// - Returns: nil when a newer task of the same run has taken this one's place.
    func checkOut(_ runID: String, make: @Sendable () -> CachedRun) async -> CachedRun? {
        uses += 1
        while let entry = entries[runID] {
            entry.lastUse = uses
            guard entry.isBusy else {
                entry.isBusy = true
                return entry.run
            }
            entry.waiting?.resume(returning: false)
            let isNewest = await withCheckedContinuation { entry.waiting = $0 }
            guard isNewest else { return nil }
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
        entry.isBusy = false
        if !keep || capacity == 0 { entries[run.runID] = nil }
        entry.waiting?.resume(returning: true)
        entry.waiting = nil
        if entries[run.runID] == nil { await run.tearDown() }
    }

    /// Drops every run that is not being worked on.
    func removeAll() async {
        let idle = entries.filter { !$0.value.isBusy }
        for runID in idle.keys { entries[runID] = nil }
        for entry in idle.values { await entry.run.tearDown() }
    }

    private func makeRoom() async {
        guard capacity > 0, entries.count > capacity else { return }
        let oldest = entries.filter { !$0.value.isBusy }.min { $0.value.lastUse < $1.value.lastUse }
        guard let oldest else { return }
        entries[oldest.key] = nil
        await oldest.value.run.tearDown()
    }
}
