import ArgumentParser
import Observability

/// Prints what docs/metrics.md holds, for scripts/reference.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Prints the table of all metrics.", shouldDisplay: false)

    func run() {
        Terminal.line("| metric | kind | labels | what it is |")
        Terminal.line("|---|---|---|---|")
        for metric in MetricCatalog.all {
            let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
            Terminal.line("| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.text) |")
        }
    }
}
