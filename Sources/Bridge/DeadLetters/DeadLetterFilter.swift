public import Foundation

/// Which dead letters are meant: those that fit everything given.
public struct DeadLetterFilter: Sendable {
    public var ids: Set<StoredDeadLetter.ID> = []
    public var reason: DeadLetterReason?
    /// The topic the record came from.
    public var topic: String?
    public var key: String?
    /// Dead-lettered at this time or later.
    public var since: Date?
    /// Dead-lettered before this time.
    public var until: Date?

    public init() {}

    public func matches(_ letter: StoredDeadLetter) -> Bool {
        (ids.isEmpty || ids.contains(letter.id))
            && (reason.map { $0.rawValue == letter.reason } ?? true)
            && (topic.map { $0 == letter.id.topic } ?? true)
            && (key.map { $0 == letter.key } ?? true)
            && (since.map { since in letter.time.map { $0 >= since } ?? false } ?? true)
            && (until.map { until in letter.time.map { $0 < until } ?? false } ?? true)
    }
}
