import Synchronization

/// The activities under way in a worker, so that a shutdown can end those that take too long.
final class RunningActivities: Sendable {
    private struct State {
        var isEnding = false
        var nextID: UInt64 = 0
        var activities: [UInt64: ActivityCancellation] = [:]
    }

    private let state = Mutex(State())

    /// - Returns: what to give to ``remove(_:)``.
    func add(_ activity: ActivityCancellation) -> UInt64 {
        let (id, isEnding) = state.withLock { state in
            state.nextID += 1
            state.activities[state.nextID] = activity
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
            return Array(state.activities.values)
        }
        for activity in activities { activity.cancel(.workerShutdown) }
    }
}
