extension Duration {
    /// Reads a duration of ISO 8601 section 5.5.2.2 in weeks, days, hours, minutes and seconds, such as `PT30S`, `P1DT12H` or `PT0.5S`,
    /// to the millisecond. Nil for anything else, years and months included, whose length depends on the calendar.
    public init?(iso8601 text: String) {
        guard text.hasPrefix("P") else { return nil }
        let parts = text.dropFirst().split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let days = Self.milliseconds(parts[0], [("W", 604_800), ("D", 86_400)]) else { return nil }
        var total = days
        if parts.count == 2 {
            guard !parts[1].isEmpty, let time = Self.milliseconds(parts[1], [("H", 3600), ("M", 60), ("S", 1)]) else {
                return nil
            }
            let (sum, isTooLarge) = total.addingReportingOverflow(time)
            guard !isTooLarge else { return nil }
            total = sum
        } else if parts[0].isEmpty {
            return nil
        }
        self = .milliseconds(total)
    }

    /// Numbers each followed by its unit, the units in order and none twice; only the last number may have a fraction.
    private static func milliseconds(_ text: Substring, _ units: [(unit: Character, seconds: Int64)]) -> Int64? {
        var rest = text
        var units = units[...]
        var total: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let unit = rest.dropFirst(number.count).first,
                let index = units.firstIndex(where: { $0.unit == unit })
            else { return nil }
            rest = rest.dropFirst(number.count + 1)
            guard rest.isEmpty || !number.contains("."), let thousandths = thousandths(number) else { return nil }
            let (product, isTooLarge) = thousandths.multipliedReportingOverflow(by: units[index].seconds)
            let (sum, isTooMuch) = total.addingReportingOverflow(product)
            guard !isTooLarge, !isTooMuch else { return nil }
            total = sum
            units = units[(index + 1)...]
        }
        return total
    }

    private static func thousandths(_ number: Substring) -> Int64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Int64(parts[0]), whole < 1_000_000_000_000 else { return nil }
        guard parts.count == 2 else { return whole * 1000 }
        guard (1...3).contains(parts[1].count), let digits = Int64(parts[1]) else { return nil }
        return whole * 1000 + digits * [100, 10, 1][parts[1].count - 1]
    }
}
