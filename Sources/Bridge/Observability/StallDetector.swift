import Kafka

/// Tells which partitions make no progress while their lag grows.
struct StallDetector {
    private struct Mark {
        var position: Int64?
        var lag: Int64
        var time: ContinuousClock.Instant
    }

    /// How long that may be so.
    let limit: Duration
    private var marks: [TopicPartition: Mark] = [:]

    init(limit: Duration) { self.limit = limit }

    /// Takes in how things are, for all partitions there are.
    ///
    /// - Returns: The partitions that are stalled, in the order of their names.
    mutating func observe(
        _ partitions: [TopicPartition: (position: Int64?, lag: Int64)], at now: ContinuousClock.Instant
    ) -> [TopicPartition] {
        marks = marks.filter { partitions[$0.key] != nil }
        for (partition, seen) in partitions {
            // The time runs from when the lag began to grow: where nothing came, nothing could move on. A lag that shrinks is
            // progress too: of commits that had failed.
            if let mark = marks[partition], mark.position == seen.position, seen.lag > mark.lag { continue }
            marks[partition] = Mark(position: seen.position, lag: seen.lag, time: now)
        }
        return marks.filter { partition, mark in
            mark.time.duration(to: now) >= limit && (partitions[partition]?.lag ?? 0) > mark.lag
        }.keys.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }
}
