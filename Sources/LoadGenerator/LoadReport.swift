public import Foundation
import Histogram

/// What came of a load: for people and for programs.
public struct LoadReport: Encodable, Sendable {
    /// What the load was made of.
    public struct Parameters: Encodable, Sendable {
        public var rate: Double
        public var count: Int
        public var arrivals: LoadPlan.Arrivals
        public var keys: LoadPlan.Keys
        public var repeated: Double
        public var seed: UInt64

        public init(
            rate: Double, count: Int, arrivals: LoadPlan.Arrivals, keys: LoadPlan.Keys, repeated: Double, seed: UInt64
        ) {
            self.rate = rate
            self.count = count
            self.arrivals = arrivals
            self.keys = keys
            self.repeated = repeated
            self.seed = seed
        }
    }

    /// Milliseconds from when requests were to be sent to when their outcomes came.
    public struct Latencies: Encodable, Sendable {
        public struct Point: Encodable, Sendable {
            public let percentile: Double
            public let milliseconds: Double
        }

        public let count: Int
        public let mean: Double
        public let p50: Double
        public let p90: Double
        public let p99: Double
        public let p999: Double
        public let max: Double
        /// The whole distribution, denser towards its end.
        public let distribution: [Point]
    }

    public struct Second: Encodable, Sendable {
        public let second: Int
        public let sent: Int
        public let outcomes: Int
    }

    /// Requests that did not come out as they have to, by id.
    public struct Difference: Encodable, Sendable, Hashable {
        public let id: String
        public let expected: String
        public let found: String
    }

    public let parameters: Parameters
    public let startedAt: Date
    public let sent: Int
    public let outcomes: Int
    /// From the first request to the last outcome.
    public let seconds: Double
    /// Outcomes in a second, over that time.
    public let throughput: Double
    public let all: Latencies
    public let succeeded: Latencies
    public let timeline: [Second]
    /// Events that came again with the same id, as they may.
    public let repeatedEvents: Int
    /// Requests without exactly one outcome.
    public let unreconciled: [Difference]
    /// Requests with one outcome, which is another than expected.
    public let unexpected: [Difference]

    /// True when each request has exactly one outcome, and the one expected.
    public var isReconciled: Bool { unreconciled.isEmpty && unexpected.isEmpty }

    public init(_ recorder: LoadRecorder, parameters: Parameters, startedAt: Date) {
        let state = recorder.snapshot()
        self.parameters = parameters
        self.startedAt = startedAt
        sent = state.entries.count
        outcomes = state.answered
        seconds = state.lastOutcome / .seconds(1)
        throughput = seconds > 0 ? Double(state.answered) / seconds : 0
        all = Latencies(state.all)
        succeeded = Latencies(state.succeeded)
        repeatedEvents = state.repetitions
        timeline = (0..<max(state.sentPerSecond.count, state.outcomesPerSecond.count)).map { second in
            Second(
                second: second, sent: state.sentPerSecond.indices.contains(second) ? state.sentPerSecond[second] : 0,
                outcomes: state.outcomesPerSecond.indices.contains(second) ? state.outcomesPerSecond[second] : 0)
        }
        var unreconciled: [Difference] = []
        var unexpected: [Difference] = []
        for (id, entry) in state.entries.sorted(by: { ($0.value.intended, $0.key) < ($1.value.intended, $1.key) }) {
            switch entry.outcomes.count {
            case 0:
                let found = entry.sendFailure.map { "nothing; sending failed: \($0)" } ?? "nothing"
                unreconciled.append(.init(id: id, expected: entry.expected, found: found))
            case 1:
                guard entry.outcomes[0].outcome != entry.expected else { continue }
                unexpected.append(.init(id: id, expected: entry.expected, found: entry.outcomes[0].outcome))
            default:
                let found = entry.outcomes.map(\.outcome).joined(separator: ", then ")
                unreconciled.append(.init(id: id, expected: entry.expected, found: found))
            }
        }
        self.unreconciled = unreconciled
        self.unexpected = unexpected
    }

    /// As JSON with `snake_case` names.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    private enum CodingKeys: String, CodingKey {
        case parameters, startedAt, sent, outcomes, seconds, throughput
        case all = "latencyMsOfAll"
        case succeeded = "latencyMsOfSucceeded"
        case timeline, repeatedEvents, unreconciled, unexpected
    }
}

extension LoadReport.Latencies {
    init(_ histogram: Histogram<UInt64>) {
        func milliseconds(_ percentile: Double) -> Double { Double(histogram.valueAtPercentile(percentile)) / 1000 }
        count = Int(histogram.totalCount)
        mean = count == 0 ? 0 : histogram.mean / 1000
        p50 = milliseconds(50)
        p90 = milliseconds(90)
        p99 = milliseconds(99)
        p999 = milliseconds(99.9)
        max = count == 0 ? 0 : Double(histogram.maxRecorded) / 1000
        distribution =
            count == 0
            ? []
            : histogram.percentiles(ticksPerHalfDistance: 5).map {
                Point(percentile: $0.percentile, milliseconds: Double($0.value) / 1000)
            }
    }
}
