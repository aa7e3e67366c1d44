import DequeModule
import Synchronization

/// Where the ends of one run's local activities arrive, for whoever works on the run's tasks.
final class LocalActivityInbox: Sendable {
    enum Event: Sendable {
        case resolved(LocalActivityResolution)
        case heartbeatDue
        /// The worker shuts down, and has ended the activities.
        case closed

        /// What the run is to be told of it.
        var input: RunInput {
            switch self {
            case .resolved(let resolution): .localActivityResolved(resolution)
            // Answered at once, the task is followed by one for another worker, which need not wait for a time-out.
            case .heartbeatDue, .closed: .heartbeatDue
            }
        }
    }

    private struct State {
        var resolutions = Deque<LocalActivityResolution>()
        var isClosed = false
        /// Counts the waits, so that a timer that fires late does not end the next one.
        var wait: UInt64 = 0
        var expiredWait: UInt64 = 0
        var waiter: CheckedContinuation<Event, Never>?

        var event: Event? {
            mutating get {
                if isClosed { return .closed }
                if let resolution = resolutions.popFirst() { return .resolved(resolution) }
                return expiredWait == wait ? .heartbeatDue : nil
            }
        }
    }

    let runID: String
    let workflowID: String
    let workflowType: String
    let namespace: String
    let taskQueue: String
    private let state = Mutex(State())

    init(
        runID: String, workflowID: String, workflowType: String = "", namespace: String = "", taskQueue: String = ""
    ) {
        self.runID = runID
        self.workflowID = workflowID
        self.workflowType = workflowType
        self.namespace = namespace
        self.taskQueue = taskQueue
    }

    func deliver(_ resolution: LocalActivityResolution) { update { $0.resolutions.append(resolution) } }

    func close() { update { $0.isClosed = true } }

    /// Takes what has arrived.
    func takeAll() -> [LocalActivityResolution] {
        state.withLock { state in
            defer { state.resolutions = [] }
            return Array(state.resolutions)
        }
    }

    /// Waits for the next event, by one caller at a time.
    func next(before deadline: ContinuousClock.Instant) async -> Event {
        let wait = state.withLock { state in
            state.wait += 1
            return state.wait
        }
        let timer = Deadlines.shared.call(at: deadline) { self.update { $0.expiredWait = max($0.expiredWait, wait) } }
        defer { Deadlines.shared.callOff(timer) }
        return await withCheckedContinuation { continuation in
            update { $0.waiter = continuation }
        }
    }

    /// Changes the state, and hands the waiter what there is for it then.
    private func update(_ change: (inout State) -> Void) {
        let (waiter, event): (CheckedContinuation<Event, Never>?, Event?) = state.withLock { state in
            change(&state)
            guard state.waiter != nil, let event = state.event else { return (nil, nil) }
            defer { state.waiter = nil }
            return (state.waiter, event)
        }
        if let event { waiter?.resume(returning: event) }
    }
}
