extension Duration {
    /// Reads a time such as `500ms`, `90s`, `5m` or `1h`; nil for anything else, zero included.
    init?(text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let milliseconds: [Substring: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]
        guard let number = Int64(digits), number > 0, let unit = milliseconds[text.dropFirst(digits.count)] else {
            return nil
        }
        let (total, isTooLarge) = number.multipliedReportingOverflow(by: unit)
        guard !isTooLarge else { return nil }
        self = .milliseconds(total)
    }

    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// Whole milliseconds; what lies below is dropped.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
