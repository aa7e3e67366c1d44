import DequeModule

/// What a run's machines want of whoever runs local activities, and what they were told of them.
struct LocalActivityQueue {
    /// To be started, in the order in which the code asked.
    private(set) var requests: [LocalActivityRequest] = []
    private var cancellations: [Int] = []
    /// Handed out, and not told to have ended.
    private var running: Set<Int> = []
    /// Ends the code has not been told of: reported ones while live, in the order of their markers while replaying.
    var resolutions = Deque<LocalActivityMarker>()
    /// The number of activations the workflow task being worked on has led to so far.
    var activations = 0
    /// True once the run's end was asked for: no local activity matters any more.
    private var isClosed = false

    /// True while a workflow task must wait, because something is still running that history knows nothing about.
    var isAwaited: Bool { !isClosed && !(running.isEmpty && requests.isEmpty) }

    var hasStarted: Bool { !running.isEmpty }

    mutating func start(_ request: LocalActivityRequest) {
        if !isClosed { requests.append(request) }
    }

    mutating func cancel(_ sequence: Int) { cancellations.append(sequence) }

    /// Takes back a request that was not handed out.
    /// - Returns: false when there is none.
    mutating func withdraw(_ sequence: Int) -> Bool {
        guard let index = requests.firstIndex(where: { $0.sequence == sequence }) else { return false }
        requests.remove(at: index)
        return true
    }

    /// It has ended, or may whenever it likes: nobody waits for it.
    mutating func end(_ sequence: Int) {
        running.remove(sequence)
        requests.removeAll { $0.sequence == sequence }
    }

    mutating func close() {
        isClosed = true
        requests = []
        cancellations = []
    }

    /// What is to be done outside, once.
    mutating func takeOutputs() -> [RunOutput] {
        defer {
            requests = []
            cancellations = []
        }
        if isClosed {
            defer { running = [] }
            return running.isEmpty ? [] : [.cancelLocalActivities]
        }
        running.formUnion(requests.map(\.sequence))
        return cancellations.map { .cancelLocalActivity(sequence: $0) } + requests.map { .startLocalActivity($0) }
    }
}
