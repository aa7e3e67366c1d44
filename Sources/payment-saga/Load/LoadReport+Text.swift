import LoadGenerator

extension LoadReport {
    /// How many differences are listed one by one.
    private static let listed = 50

    /// For people: counts, latencies, then every request that did not come out as it has to.
    var text: String {
        var table = TextTable(
            columns: ["latency in ms", "count", "p50", "p90", "p99", "p99.9", "max"],
            rightAligned: [1, 2, 3, 4, 5, 6])
        for (name, latencies) in [("succeeded", succeeded), ("all", all)] {
            table.add(
                [name, "\(latencies.count)"]
                    + [latencies.p50, latencies.p90, latencies.p99, latencies.p999, latencies.max]
                    .map { $0.rounded(to: 1) })
        }
        var lines = [
            "\(sent) requests, \(outcomes) outcomes in \(seconds.rounded(to: 1)) s, \(throughput.rounded(to: 1)) a second",
            table.text,
        ]
        if repeatedEvents > 0 { lines.append("outcome events that came again with the same id: \(repeatedEvents)") }
        if isReconciled {
            lines.append("every request has exactly one outcome, the one expected")
        } else {
            lines.append("\(unreconciled.count) requests without exactly one outcome")
            lines.append("\(unexpected.count) requests with another outcome than expected")
            let differences = unreconciled + unexpected
            lines += differences.prefix(Self.listed).map { "  \($0.id): expected \($0.expected), found \($0.found)" }
            if differences.count > Self.listed {
                lines.append("  … and \(differences.count - Self.listed) more; --json lists all")
            }
        }
        return lines.joined(separator: "\n")
    }
}
