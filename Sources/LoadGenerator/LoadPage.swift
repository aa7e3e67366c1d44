import Foundation

/// A report as one HTML file with charts, which needs nothing from anywhere.
public struct LoadPage: Sendable {
    private static let width = 720.0
    private static let height = 260.0
    private static let margin = 48.0
    private static let listed = 500

    private let report: LoadReport

    public init(_ report: LoadReport) { self.report = report }

    public var html: String {
        """
        <!doctype html>
        <html lang="en"><meta charset="utf-8"><title>Load of \(report.sent) payments</title>
        <style>
        :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
        body { max-width: 760px; margin: 2rem auto; padding: 0 1rem }
        table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: right }
        td:first-child, th:first-child { text-align: left }
        svg { width: 100%; height: auto } text { font-size: 11px; fill: currentColor }
        .axis { stroke: currentColor; opacity: .4 } .a { stroke: #2563eb } .b { stroke: #d97706 }
        path { fill: none; stroke-width: 2 }
        </style>
        <h1>Load of \(report.sent) payments</h1>
        <p>\(Self.text(report.parameters.rate)) a second, \(report.parameters.arrivals.rawValue) arrivals, keys
        \(report.parameters.keys.rawValue), \(Self.text(report.parameters.repeated * 100)) % sent twice, seed
        \(report.parameters.seed), on \(report.startedAt.formatted(.iso8601)).
        \(report.outcomes) outcomes in \(Self.text(report.seconds)) s: \(Self.text(report.throughput)) a second.</p>
        <h2>Latency</h2>
        <p>Milliseconds from when a request was to be sent to when its outcome came.</p>
        <table><tr><th></th><th>count</th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>max</th></tr>
        \(Self.row("succeeded", report.succeeded))
        \(Self.row("all", report.all))
        </table>
        \(latencyChart)
        <h2>Throughput</h2>
        \(throughputChart)
        <h2>Reconciliation</h2>
        \(reconciliation)
        </html>

        """
    }

    private static func row(_ name: String, _ latencies: LoadReport.Latencies) -> String {
        let numbers = [latencies.p50, latencies.p90, latencies.p99, latencies.p999, latencies.max].map(text)
        return "<tr><td>\(name)</td>"
            + (["\(latencies.count)"] + numbers).map { "<td>\($0)</td>" }.joined() + "</tr>"
    }

    /// By percentile, on a scale that gives each further nine the same room.
    private var latencyChart: String {
        let nines = 4.0
        func x(_ percentile: Double) -> Double { min(nines, -log10(max(1e-4, 1 - percentile / 100))) / nines }
        let top = max(1, max(report.all.max, report.succeeded.max))
        func line(_ latencies: LoadReport.Latencies, _ style: String) -> String {
            Self.path(latencies.distribution.map { (x($0.percentile), $0.milliseconds / top) }, style)
        }
        let marks = [(0.0, "0"), (50, "50 %"), (90, "90 %"), (99, "99 %"), (99.9, "99.9 %"), (99.99, "99.99 %")]
        return Self.chart(
            "Latency by percentile", marks: marks.map { (x($0.0), $0.1) }, top: "\(Self.text(top)) ms",
            lines: line(report.succeeded, "a") + line(report.all, "b"), legend: "blue: succeeded, orange: all")
    }

    private var throughputChart: String {
        let top = Double(max(1, report.timeline.map { max($0.sent, $0.outcomes) }.max() ?? 1))
        let last = Double(max(1, report.timeline.count - 1))
        func line(_ value: (LoadReport.Second) -> Int, _ style: String) -> String {
            Self.path(report.timeline.map { (Double($0.second) / last, Double(value($0)) / top) }, style)
        }
        return Self.chart(
            "Requests and outcomes in each second", marks: [(0, "0 s"), (1, "\(Int(last)) s")],
            top: "\(Int(top)) a second", lines: line(\.sent, "b") + line(\.outcomes, "a"),
            legend: "orange: sent, blue: outcomes")
    }

    private var reconciliation: String {
        guard !report.isReconciled else {
            return "<p>Each of the \(report.sent) requests has exactly one outcome, the one expected.</p>"
        }
        let differences = report.unreconciled + report.unexpected
        let rows = differences.prefix(Self.listed).map {
            "<tr><td>\(Self.escaped($0.id))</td><td>\(Self.escaped($0.expected))</td><td>\(Self.escaped($0.found))</td></tr>"
        }
        return """
            <p>\(report.unreconciled.count) requests without exactly one outcome, \(report.unexpected.count) with another than \
            expected\(differences.count > rows.count ? "; the first \(rows.count) are listed" : "").</p>
            <table><tr><th>request</th><th>expected</th><th>found</th></tr>
            \(rows.joined(separator: "\n"))
            </table>
            """
    }

    private static func chart(
        _ title: String, marks: [(Double, String)], top: String, lines: String, legend: String
    ) -> String {
        let labels = marks.map { place, label in
            "<text x=\"\(x(place))\" y=\"\(height - margin + 18)\" text-anchor=\"middle\">\(label)</text>"
        }
        return """
            <svg viewBox="0 0 \(width) \(height)" role="img" aria-label="\(title)">
            <line class="axis" x1="\(x(0))" x2="\(x(1))" y1="\(y(0))" y2="\(y(0))"/>
            <line class="axis" x1="\(x(0))" x2="\(x(1))" y1="\(y(1))" y2="\(y(1))"/>
            <text x="\(x(0))" y="\(y(1) - 6)">\(top)</text>
            <text x="\(x(1))" y="\(y(1) - 6)" text-anchor="end">\(legend)</text>
            \(labels.joined(separator: "\n"))
            \(lines)
            </svg>
            """
    }

    private static func path(_ points: [(Double, Double)], _ style: String) -> String {
        guard let first = points.first else { return "" }
        let rest = points.dropFirst().map { "L\(text(x($0.0))) \(text(y($0.1)))" }.joined()
        return "<path class=\"\(style)\" d=\"M\(text(x(first.0))) \(text(y(first.1)))\(rest)\"/>"
    }

    private static func x(_ share: Double) -> Double { margin + share * (width - 2 * margin) }
    private static func y(_ share: Double) -> Double { height - margin - share * (height - 2 * margin) }
    private static func text(_ number: Double) -> String { String(format: "%.1f", number) }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
