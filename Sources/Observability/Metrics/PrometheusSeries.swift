import CoreMetrics
import Synchronization

/// The values of one combination of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    var samples: [PrometheusSample] { get }
}

/// One line of Prometheus's text format, without the name and labels of its series.
struct PrometheusSample {
    var suffix = ""
    var label = ""
    let value: String
}

final class CounterSeries: PrometheusSeries, CounterHandler {
    private let count = Atomic<Int64>(0)

    var samples: [PrometheusSample] { [.init(value: "\(count.load(ordering: .relaxed))")] }
    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }
}

final class FloatingPointCounterSeries: PrometheusSeries, FloatingPointCounterHandler {
    private let sum = Mutex(0.0)

    var samples: [PrometheusSample] { [.init(value: PrometheusText.number(sum.withLock { $0 }))] }
    func increment(by amount: Double) { sum.withLock { $0 += amount } }
    func reset() { sum.withLock { $0 = 0 } }
}

final class GaugeSeries: PrometheusSeries, MeterHandler, RecorderHandler {
    private let level = Mutex(0.0)

    var samples: [PrometheusSample] { [.init(value: PrometheusText.number(level.withLock { $0 }))] }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { level.withLock { $0 = value } }
    func increment(by amount: Double) { level.withLock { $0 += amount } }
    func decrement(by amount: Double) { level.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

final class HistogramSeries: PrometheusSeries, TimerHandler, RecorderHandler {
    private struct State {
        /// By bucket, each without those below it; the last one is for what is above all bounds.
        var counts = [Int](repeating: 0, count: HistogramSeries.bounds.count + 1)
        var sum = 0.0
        var scale = 1.0
    }

    /// From what a ledger takes to what people take; in seconds, for timers.
    private static let bounds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600,
    ]
    private static let nanosecondsPerSecond = 1e9

    private let state = Mutex(State())
    private let prefersUnits: Bool

    init(prefersUnits: Bool = false) { self.prefersUnits = prefersUnits }

    func preferDisplayUnit(_ unit: TimeUnit) {
        guard prefersUnits else { return }
        state.withLock { $0.scale = unit == .milliseconds ? 1000 : 1 }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / Self.nanosecondsPerSecond) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let bucket = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        state.withLock {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    var samples: [PrometheusSample] {
        let state = state.withLock { $0 }
        var total = 0
        var samples: [PrometheusSample] = []
        for (count, bound) in zip(state.counts, Self.bounds.map { PrometheusText.number($0 * state.scale) } + ["+Inf"])
        {
            total += count
            samples.append(.init(suffix: "_bucket", label: "le=\"\(bound)\"", value: "\(total)"))
        }
        samples.append(.init(suffix: "_sum", value: PrometheusText.number(state.sum * state.scale)))
        samples.append(.init(suffix: "_count", value: "\(total)"))
        return samples
    }
}
