extension Duration {
    /// Whole nanoseconds, from 0 to 100 years: what the core's 64-bit arithmetic bears.
    var clampedNanoseconds: Int64 {
        let limit: Duration = .seconds(100 * 365 * 86_400)
        let (seconds, attoseconds) = Swift.min(Swift.max(self, .zero), limit).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    /// Whole milliseconds, from 1 to the largest value of a channel argument.
    var clampedMilliseconds: Int32 {
        Int32(clamping: Swift.max(1, clampedNanoseconds / 1_000_000))
    }
}
