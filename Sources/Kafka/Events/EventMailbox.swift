internal import DequeModule
internal import Synchronization

/// Where a client's callbacks leave what the application reads with an async sequence: events in order, and the mere
/// fact that records wait in a queue of librdkafka, which stay there until they are asked for.
final class EventMailbox<Event: Sendable>: Sendable {
    enum Content: Sendable {
        case event(Event)
        /// Records arrived since this was last returned.
        case records
        case nothing
        case finished
    }

    private struct State {
        var events: Deque<Event> = []
        var hasRecords = false
        /// Whether records stay where they are for now.
        var holdsRecords = false
        var isFinished = false
        var listeners = 0
        var lastWaiter: UInt = 0
        var waiters: [UInt: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// How many iterators are at work.
    var listeners: Int { state.withLock { $0.listeners } }

    var undelivered: [Event] { state.withLock { Array($0.events) } }

    func post(_ event: Event) {
        change { $0.events.append(event) }
    }

    /// Posts an event unless `limit` events wait already; for those that may come in any number.
    func post(_ event: Event, unlessMoreThan limit: Int) {
        change { if $0.events.count < limit { $0.events.append(event) } }
    }

    func recordsArrived() {
        change { $0.hasRecords = true }
    }

    /// Leaves records where they are, or hands them out again.
    func holdRecords(_ holds: Bool) {
        change { $0.holdsRecords = holds }
    }

    /// Ends the sequence once the events posted so far are read.
    func finish() {
        change { $0.isFinished = true }
    }

    /// Counts iterators in and out; returns how many are left.
    @discardableResult
    func listen(_ difference: Int) -> Int {
        state.withLock { state in
            state.listeners += difference
            return state.listeners
        }
    }

    func take() -> Content {
        state.withLock { state in
            if let event = state.events.popFirst() { return .event(event) }
            if state.isFinished { return .finished }
            guard state.hasRecords, !state.holdsRecords else { return .nothing }
            state.hasRecords = false
            return .records
        }
    }

    /// Waits until there is something to take or the task is cancelled.
    func wait() async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    let hasRecords = state.hasRecords && !state.holdsRecords
                    let isEmpty = state.events.isEmpty && !hasRecords && !state.isFinished
                    // The cancellation handler may have run before the waiter was here to be found.
                    guard isEmpty, !Task.isCancelled else { return false }
                    state.waiters[id] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state in
            body(&state)
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }
}
