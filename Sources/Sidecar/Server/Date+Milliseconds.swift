import Foundation

extension Date {
    /// - Parameter milliseconds: since 1970.
    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// Whole milliseconds since 1970. A microsecond short of the next one is the next one: it comes of doubles, which can't
    /// tell most milliseconds exactly.
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000 + 0.001).rounded(.down)) }

    /// ISO 8601 with milliseconds, in UTC.
    var timestamp: String {
        // In the middle of the millisecond, because the formatter drops what lies below it.
        Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
