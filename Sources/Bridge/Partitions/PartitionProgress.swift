/// How far the work on a partition has come.
struct PartitionProgress: Sendable {
    /// The offset up to which all is done; `nil` until something is.
    let position: Int64?
    /// How many records await their end.
    let underWay: Int
    /// Since when ``position`` has not moved although records are under way.
    let waitingSince: ContinuousClock.Instant?
}
