import Foundation

/// Metrics in Prometheus's text format, as a scraper reads them.
struct Scrape {
    struct Malformed: Error { let line: Substring }

    struct Sample {
        /// Of the metric: without a histogram's suffixes.
        let name: String
        let labels: [String: String]
        let value: Double
    }

    let samples: [Sample]

    init(text: String) throws {
        var histograms: Set<String> = []
        var samples: [Sample] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE "), line.hasSuffix(" histogram") {
                histograms.insert(String(line.split(separator: " ")[2]))
            }
            guard !line.hasPrefix("#") else { continue }
            guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/),
                let value = Double(match.3)
            else { throw Malformed(line: line) }
            var name = String(match.1)
            for suffix in ["_bucket", "_sum", "_count"] where histograms.contains(String(name.dropLast(suffix.count))) {
                if name.hasSuffix(suffix) { name.removeLast(suffix.count) }
            }
            var labels: [String: String] = [:]
            for label in (match.2 ?? "").matches(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/) {
                labels[String(label.1)] = String(label.2)
            }
            labels["le"] = nil
            samples.append(Sample(name: name, labels: labels, value: value))
        }
        self.samples = samples
    }

    func value(of name: String) -> Double? { samples.first { $0.name == name }?.value }

    /// The names of the labels, by metric.
    var labels: [String: Set<String>] {
        samples.reduce(into: [:]) { $0[$1.name, default: []].formUnion($1.labels.keys) }
    }
}

/// The table of docs/metrics.md.
struct DocumentedMetrics {
    /// The names of the labels, by metric.
    let labels: [String: Set<String>]

    init() throws {
        let text = try String(contentsOf: Program.repository.appending(path: "docs/metrics.md"), encoding: .utf8)
        var labels: [String: Set<String>] = [:]
        for row in text.split(separator: "\n") where row.hasPrefix("| `") {
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            labels[cells[0].replacing("`", with: "")] = Set(
                cells[2].split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) })
        }
        self.labels = labels
    }
}
