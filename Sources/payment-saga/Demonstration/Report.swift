/// What came of a demonstration, beside what was expected.
struct Report: Sendable {
    let workload: Workload
    /// Where the bad records are on the topic, in their order.
    let badRecordOrigins: [Scoreboard.Origin]
    let sentAt: [String: ContinuousClock.Instant]
    let results: [String: [Scoreboard.Result]]
    let deadLetters: [Scoreboard.Origin: String]
    let repetitions: Int
    let unreadable: Int
    let startedAt: ContinuousClock.Instant
    /// Over what time the payments were sent; zero for all at once.
    let pace: Duration
    /// The time limit, if it was reached.
    let missedLimit: Duration?
    let books: Books

    /// How many differences are listed one by one.
    private static let listed = 20

    var isAsExpected: Bool { differences.isEmpty }

    /// Everything that is not as it has to be.
    var differences: [String] {
        var differences: [String] = []
        if let missedLimit {
            let missing = workload.payments.count { results[$0.id] == nil }
            differences.append("not all came out within \(missedLimit): \(missing) payments have no outcome")
        }
        for payment in workload.payments {
            let got = results[payment.id]?.map(\.outcome) ?? []
            guard got != [payment.expected] else { continue }
            let text = got.isEmpty ? "nothing" : got.map(\.description).joined(separator: ", then ")
            differences.append("\(payment.id): expected \(payment.expected), got \(text)")
        }
        let known = Set(workload.payments.map(\.id))
        for id in results.keys.sorted() where !known.contains(id) {
            differences.append("\(id): an outcome of a payment that was not requested here")
        }
        for (bad, origin) in zip(workload.badRecords, badRecordOrigins) where deadLetters[origin] != bad.reason {
            differences.append("bad record: expected \(bad.reason), got \(deadLetters[origin] ?? "nothing")")
        }
        let expectedOrigins = Set(badRecordOrigins)
        for (origin, reason) in deadLetters where !expectedOrigins.contains(origin) {
            differences.append("an unexpected dead letter: \(reason)")
        }
        if unreadable > 0 { differences.append("\(unreadable) records that can't be read as outcome or dead letter") }
        return differences + books.differences(expectedIncome: income)
    }

    /// For people: a table of counts, times and the ledger's state, then the differences.
    var text: String {
        var lines = [table.text, ""]
        lines.append(contentsOf: times)
        lines.append(books.summary)
        if repetitions > 0 { lines.append("outcome events that came again with the same id: \(repetitions)") }
        let differences = differences
        if differences.isEmpty {
            lines.append("every payment has exactly the outcome expected, and the books balance")
        } else {
            lines.append("\(differences.count) differences:")
            lines += differences.prefix(Self.listed).map { "  \($0)" }
            if differences.count > Self.listed { lines.append("  … and \(differences.count - Self.listed) more") }
        }
        return lines.joined(separator: "\n")
    }

    private var table: TextTable {
        var counts: [String: (expected: Int, got: Int)] = [:]
        for payment in workload.payments { counts[payment.expected.description, default: (0, 0)].expected += 1 }
        for outcome in results.values.joined() { counts[outcome.outcome.description, default: (0, 0)].got += 1 }
        var letters: [String: (expected: Int, got: Int)] = [:]
        for bad in workload.badRecords { letters["dead letter \(bad.reason)", default: (0, 0)].expected += 1 }
        for reason in deadLetters.values { letters["dead letter \(reason)", default: (0, 0)].got += 1 }

        var table = TextTable(columns: ["outcome", "expected", "got"], rightAligned: [1, 2])
        for (name, count) in counts.sorted(by: { ($1.value.expected, $0.key) < ($0.value.expected, $1.key) })
            + letters.sorted(by: { $0.key < $1.key })
        {
            table.add([name, "\(count.expected)", "\(count.got)"])
        }
        return table
    }

    private var times: [String] {
        guard let last = results.values.joined().map(\.receivedAt).max() else { return ["no outcome came"] }
        let elapsed = (last - startedAt).seconds
        let rate = Double(results.count) / elapsed
        var lines = [
            "\(results.count) outcomes in \(elapsed.rounded(to: 1)) s, \(rate.rounded(to: 1)) a second, "
                + (pace > .zero ? "requested over \(pace.seconds.rounded(to: 0)) s" : "all requested at once")
        ]
        let latencies = results.compactMap { id, results -> Double? in
            guard let result = results.first, result.outcome.reasonCode == nil, let sent = sentAt[id] else {
                return nil
            }
            return (result.receivedAt - sent).seconds
        }.sorted()
        if !latencies.isEmpty {
            let median = Self.percentile(50, of: latencies).rounded(to: 2)
            let slow = Self.percentile(99, of: latencies).rounded(to: 2)
            lines.append("from request to success: p50 \(median) s, p99 \(slow) s")
        }
        return lines
    }

    /// By nearest rank; `sorted` is not empty.
    private static func percentile(_ percent: Int, of sorted: [Double]) -> Double {
        sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
    }

    /// What each merchant is to receive, in minor units.
    private var income: [String: Int64] {
        workload.payments.reduce(into: [:]) { income, payment in
            guard payment.expected.reasonCode == nil else { return }
            income[payment.example.merchantID, default: 0] += payment.example.amount.minorUnits
        }
    }
}
