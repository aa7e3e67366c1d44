public import CoreMetrics
import Synchronization

/// Keeps a process's metrics, and writes them in Prometheus's text format 0.0.4.
///
/// Bootstrap `MetricsSystem` with it. Names follow OpenTelemetry's rules for Prometheus: characters that Prometheus does not
/// know become `_`, counters end in `_total`, and timers, which become histograms of seconds, in `_seconds`. Those that begin
/// with `temporal_` stay as Temporal's SDKs have them, their timers in the unit they prefer.
public final class PrometheusRegistry: MetricsFactory {
    private struct Family {
        let kind: MetricKind
        var series: [String: any PrometheusSeries] = [:]
    }

    private let families = Mutex<[String: Family]>([:])
    private let descriptions: [String: String]

    /// - Parameter descriptions: What metrics are, by their names, for those who read the text.
    public init(descriptions: [String: String] = [:]) { self.descriptions = descriptions }

    /// The content type of ``text()``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All metrics with their values now, those of the process itself included.
    public func text() -> String {
        let families = families.withLock { $0 }
        var lines: [String] = []
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            if let description = descriptions[name] { lines.append("# HELP \(name) \(description)") }
            lines.append("# TYPE \(name) \(family.kind.rawValue)")
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                for sample in series.samples {
                    let all = [labels, sample.label].filter { !$0.isEmpty }.joined(separator: ",")
                    lines.append("\(name)\(sample.suffix)\(all.isEmpty ? "" : "{\(all)}") \(sample.value)")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n" + ProcessMetrics.text()
    }

    private static let verbatimPrefix = "temporal_"

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, .counter) { CounterSeries() }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, .counter) { FloatingPointCounterSeries() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, .gauge) { GaugeSeries() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return series(label, dimensions, .histogram) { HistogramSeries() } }
        return series(label, dimensions, .gauge) { GaugeSeries() }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions, .histogram, unit: "_seconds") {
            HistogramSeries(prefersUnits: label.hasPrefix(Self.verbatimPrefix))
        }
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    /// The series of a name and its labels, the same one each time. Where the name stands for something of another kind
    /// already, the series counts, but is not written: one name can't be two kinds.
    private func series<Series: PrometheusSeries>(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricKind, unit: String = "", _ make: () -> Series
    ) -> Series {
        let name = Self.name(label, suffix: kind == .counter ? "_total" : unit)
        let labels = PrometheusText.labels(dimensions)
        return families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            if let known = family.series[labels] as? Series { return known }
            let series = make()
            guard family.kind == kind, family.series[labels] == nil else { return series }
            family.series[labels] = series
            families[name] = family
            return series
        }
    }

    private static func name(_ label: String, suffix: String) -> String {
        let name = PrometheusText.name(label)
        return name.hasPrefix(verbatimPrefix) || name.hasSuffix(suffix) ? name : name + suffix
    }

    private func remove(_ handler: AnyObject) {
        families.withLock { families in
            for (name, family) in families {
                guard let labels = family.series.first(where: { $0.value === handler })?.key else { continue }
                families[name]?.series[labels] = nil
            }
        }
    }
}
