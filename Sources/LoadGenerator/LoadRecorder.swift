import Histogram
import Synchronization

/// What has become of the requests of a load so far.
///
/// Latencies count from when a request was to be sent, not from when it was: a sender that falls behind does not make the
/// system look faster than its users find it (no coordinated omission).
public final class LoadRecorder: Sendable {
    struct Entry {
        let intended: Duration
        let expected: String
        var sendFailure: String?
        /// Different ones, with the event ids they came under.
        var outcomes: [(eventID: String, outcome: String)] = []
    }

    struct State {
        var entries: [String: Entry] = [:]
        var all = LoadRecorder.histogram()
        var succeeded = LoadRecorder.histogram()
        var sentPerSecond: [Int] = []
        var outcomesPerSecond: [Int] = []
        var answered = 0
        var repetitions = 0
        var lastOutcome = Duration.zero
    }

    /// The outcome of a request that came to its aim.
    public static let success = "SUCCEEDED"

    private static let longest: UInt64 = 3_600_000_000

    private let state = Mutex(State())

    public init() {}

    /// How many requests were sent, and how many of them have an outcome.
    public var counts: (sent: Int, answered: Int) { state.withLock { ($0.entries.count, $0.answered) } }

    /// The latency in milliseconds that half of the successful requests stay below; 0 without any.
    public var medianMilliseconds: Double {
        state.withLock { Double($0.succeeded.valueAtPercentile(50)) / 1000 }
    }

    /// A request is being sent.
    /// - Parameters:
    ///   - intended: When it was to be sent, from the beginning.
    ///   - now: When it is.
    ///   - expected: What is to come of it.
    public func sending(_ id: String, intended: Duration, now: Duration, expected: String) {
        state.withLock {
            $0.entries[id] = Entry(intended: intended, expected: expected)
            $0.sentPerSecond.count(now)
        }
    }

    /// A request could not be sent, as far as the sender knows.
    public func failed(_ id: String, reason: String) {
        state.withLock { $0.entries[id]?.sendFailure = reason }
    }

    /// An outcome came. Those of requests that were not sent here are passed over.
    /// - Parameter now: When it came, from the beginning.
    public func outcome(of id: String, eventID: String, _ outcome: String, now: Duration) {
        state.withLock { state in
            guard let entry = state.entries[id] else { return }
            if entry.outcomes.contains(where: { $0.eventID == eventID && $0.outcome == outcome }) {
                state.repetitions += 1
                return
            }
            state.entries[id]?.outcomes.append((eventID, outcome))
            guard entry.outcomes.isEmpty else { return }
            state.answered += 1
            state.lastOutcome = now
            state.outcomesPerSecond.count(now)
            let microseconds = Self.microseconds(now - entry.intended)
            state.all.record(microseconds)
            if outcome == Self.success { state.succeeded.record(microseconds) }
        }
    }

    func snapshot() -> State { state.withLock { $0 } }

    private static func histogram() -> Histogram<UInt64> {
        Histogram(lowestDiscernibleValue: 1, highestTrackableValue: longest, numberOfSignificantValueDigits: .three)
    }

    private static func microseconds(_ duration: Duration) -> UInt64 {
        min(longest, UInt64(max(0, duration / .microseconds(1))))
    }
}

extension [Int] {
    /// Counts one more in the second that holds `time`.
    fileprivate mutating func count(_ time: Duration) {
        let second = Swift.max(0, Int(time.components.seconds))
        while count <= second { append(0) }
        self[second] += 1
    }
}
