/// The pauses between the attempts at a stuck step: ten seconds, doubling up to an hour.
struct StuckPause {
    private static let first = Duration.seconds(10)
    private static let longest = Duration.seconds(3600)

    private var upcoming = first

    mutating func next() -> Duration {
        defer { upcoming = min(upcoming * 2, Self.longest) }
        return upcoming
    }
}
