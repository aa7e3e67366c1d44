import Foundation
import Hummingbird
import PaymentSaga

/// How many payments there are, and how fast they come to their ends.
struct PaymentStatistics: ResponseEncodable, Sendable {
    /// How long payments took from their start to their end, in milliseconds, notifications included.
    struct Latency: Encodable, Sendable {
        let p50: Int
        let p95: Int
        let p99: Int
    }

    /// How far back throughput and latency look, in seconds.
    static let window = 10.0

    let asOf: Date
    /// How many payments have each status; a status that the directory can't search by is not there.
    let payments: [String: Int]
    let endedPerSecond: Double
    /// Nil when no payment has ended lately.
    let latency: Latency?

    enum CodingKeys: String, CodingKey {
        case asOf = "as_of"
        case payments
        case endedPerSecond = "ended_per_second"
        case latency = "latency_ms"
    }

    /// - Parameter ended: the payments that have ended within the window before `now`, or the latest of them.
    init(counts: [PaymentStatusView.Status: Int], ended: PaymentSelection, now: Date) {
        asOf = now
        payments = Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
        let times = ended.entries.compactMap(\.endedAt)
        let seconds = ended.isComplete ? Self.window : max(0.1, now.timeIntervalSince(times.min() ?? now))
        endedPerSecond = (Double(times.count) / seconds * 10).rounded() / 10
        let durations = ended.entries.compactMap { entry in
            entry.endedAt.map { max(0, Int($0.milliseconds - entry.startedAt)) }
        }.sorted()
        latency =
            durations.isEmpty
            ? nil
            : Latency(
                p50: Self.quantile(50, of: durations), p95: Self.quantile(95, of: durations),
                p99: Self.quantile(99, of: durations))
    }

    /// The nearest rank.
    private static func quantile(_ percent: Int, of sorted: [Int]) -> Int {
        sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
}
