public import Foundation

/// Finds the oldest of many in an index that counts and lists them, but does not put them in order.
public struct OldestSearch {
    /// To this it is told apart when there are too many to be listed.
    private static let precision: TimeInterval = 1

    private let listed: Int
    private let count: (Date) async throws -> Int
    private let list: (Date) async throws -> [Date]

    /// - Parameters:
    ///   - listed: How many are listed at most.
    ///   - count: Tells how many began before a time.
    ///   - list: Tells when those that began before a time did so, or some of them if they are more than `listed`.
    public init(
        listed: Int, count: @escaping (Date) async throws -> Int, list: @escaping (Date) async throws -> [Date]
    ) {
        self.listed = listed
        self.count = count
        self.list = list
    }

    /// Counts some dozens of times when they are too many to be listed, else not at all.
    ///
    /// - Parameter total: How many began before `end`.
    /// - Returns: When the oldest of these began; nil if there is none.
    /// - Throws: What `count` and `list` throw.
    public func oldest(of total: Int, before end: Date, now: Date) async throws -> Date? {
        guard total > 0 else { return nil }
        var (end, total) = (end, total)
        // None began before this; not known while ages are doubled.
        var none: Date?
        while total > listed, none.map({ end.timeIntervalSince($0) > Self.precision }) ?? true {
            let earlier =
                none.map { $0 + end.timeIntervalSince($0) / 2 } ?? end - max(Self.precision, now.timeIntervalSince(end))
            let found = try await count(earlier)
            if found == 0 { none = earlier } else { (end, total) = (earlier, found) }
        }
        return try await list(end).min()
    }
}
