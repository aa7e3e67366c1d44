import HeapModule
import Synchronization

/// Calls back when a time has come, unless that is called off before.
///
/// One task sleeps for all of them. `Task.sleep` leaves its timer behind until it is due, also when the task is cancelled: with a limit on
/// each attempt of each activity, thousands of timers would be kept for nothing, and each would wake a thread.
final class Deadlines: Sendable {
    private struct Entry: Comparable {
        let due: ContinuousClock.Instant
        let number: UInt64

        static func < (one: Entry, other: Entry) -> Bool { (one.due, one.number) < (other.due, other.number) }
    }

    private struct State {
        var entries = Heap<Entry>()
        /// Of those that were not called off.
        var actions: [UInt64: @Sendable () -> Void] = [:]
        var lastNumber: UInt64 = 0
        /// Counts the tasks that were to sleep; the last one does what is due.
        var sleeper: UInt64 = 0
        /// When the last of them wakes; nil when it has ended.
        var waking: ContinuousClock.Instant?

        /// Takes what is due, and notes when there is more.
        mutating func takeDue(_ now: ContinuousClock.Instant) -> [@Sendable () -> Void] {
            var due: [@Sendable () -> Void] = []
            while let entry = entries.min, entry.due <= now || actions[entry.number] == nil {
                entries.removeMin()
                if let action = actions.removeValue(forKey: entry.number) { due.append(action) }
            }
            waking = entries.min?.due
            return due
        }
    }

    static let shared = Deadlines()

    private let state = Mutex(State())

    /// Calls `action` at `due`, or soon after; it must not block.
    /// - Returns: the number to call it off by.
    func call(at due: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            state.entries.insert(Entry(due: due, number: state.lastNumber))
            state.actions[state.lastNumber] = action
            if state.waking.map({ due < $0 }) ?? true {
                state.waking = due
                state.sleeper += 1
                // The deadline of one caller has nothing to do with the priority or the task-local values of another.
                Task.detached { [sleeper = state.sleeper] in await self.sleep(until: due, as: sleeper) }
            }
            return state.lastNumber
        }
    }

    func callOff(_ number: UInt64) {
        state.withLock { state in
            state.actions[number] = nil
            if state.actions.isEmpty { state.entries = Heap() }
        }
    }

    private func sleep(until due: ContinuousClock.Instant, as sleeper: UInt64) async {
        var next: ContinuousClock.Instant? = due
        while let due = next {
            // Nobody cancels this task, so it sleeps until then.
            try? await Task.sleep(until: due, clock: .continuous)
            let actions: [@Sendable () -> Void]
            (actions, next) = state.withLock { state in
                // Somebody has an earlier deadline, and another task that sleeps until then.
                guard state.sleeper == sleeper else { return ([], nil) }
                return (state.takeDue(.now), state.waking)
            }
            for action in actions { action() }
        }
    }
}
