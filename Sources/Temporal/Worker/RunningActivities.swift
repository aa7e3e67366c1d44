import Synchronization

/// The activities under way in a worker: ends those that are overdue, and, when it shuts down, those that take too long.
final class RunningActivities: Sendable {
    private struct Running {
        let cancellation: ActivityCancellation
        /// When it is overdue, as it looks now; nil when it has no limit.
        let due: (@Sendable () -> Duration)?
    }

    private struct State {
        var isEnding = false
        var nextID: UInt64 = 0
        var activities: [UInt64: Running] = [:]
        /// Wakes when the first may be overdue. One serves all, and outlives most: a timer for each would cost more than what most activities do.
        var alarm: (time: Duration, task: Task<Void, any Error>)?
    }

    private let state = Mutex(State())
    private let clock: WorkerClock

    init(clock: WorkerClock) { self.clock = clock }

    /// - Parameter due: when the activity is overdue; asked again when that time has come.
    /// - Returns: what to give to ``remove(_:)``.
    func add(_ activity: ActivityCancellation, due: (@Sendable () -> Duration)? = nil) -> UInt64 {
        let (id, isEnding) = state.withLock { state in
            state.nextID += 1
            state.activities[state.nextID] = Running(cancellation: activity, due: due)
            if let due { setAlarm(at: due(), &state) }
            return (state.nextID, state.isEnding)
        }
        if isEnding { activity.cancel(.workerShutdown) }
        return id
    }

    func remove(_ id: UInt64) { state.withLock { _ = $0.activities.removeValue(forKey: id) } }

    /// Cancels all activities because the worker ends, and those that still come.
    func end() {
        let activities = state.withLock { state in
            state.isEnding = true
            state.alarm?.task.cancel()
            return Array(state.activities.values)
        }
        for activity in activities { activity.cancellation.cancel(.workerShutdown) }
    }

    private func setAlarm(at time: Duration, _ state: inout State) {
        guard !state.isEnding, state.alarm.map({ $0.time > time }) ?? true else { return }
        state.alarm?.task.cancel()
        let task = Task { [weak self, clock] in
            try await clock.sleep(time - clock.now())
            self?.endOverdue()
        }
        state.alarm = (time, task)
    }

    private func endOverdue() {
        let now = clock.now()
        let overdue = state.withLock { state in
            state.alarm = nil
            let overdue = state.activities.filter { $1.due.map { $0() <= now } ?? false }
            for id in overdue.keys { state.activities[id] = nil }
            if let next = state.activities.values.compactMap({ $0.due?() }).min() { setAlarm(at: next, &state) }
            return overdue.values
        }
        for activity in overdue { activity.cancellation.cancel(.timedOut) }
    }
}
