import Kafka
import Logging

/// Records of a partition that were gone before they could be read: retention was too short for the time the group was
/// away or behind, or the topic was made anew.
struct OffsetGap: Sendable {
    let partition: TopicPartition
    /// The offset that was to be read next.
    let expected: Int64
    /// The offset that came.
    let found: Int64

    /// How many records are lost.
    ///
    /// - Parameter low: The oldest offset the partition still has. What is missing above it was never there for readers:
    ///   compacted away, or a mark of a transaction.
    func lost(low: Int64) -> Int64 { max(0, min(found, low) - expected) }
}

/// Looks into gaps: logs and counts what was lost.
struct GapReporter: Sendable {
    let metrics: BridgeMetrics
    let logger: Logger
    /// The oldest offset of a partition.
    let low: @Sendable (TopicPartition) async throws -> Int64

    func report(_ gap: OffsetGap) async {
        let place: Logger.Metadata = [
            "partition": "\(gap.partition)", "expected": "\(gap.expected)", "found": "\(gap.found)",
        ]
        guard gap.found > gap.expected else {
            logger.error("the partition begins before what was committed: was the topic made anew?", metadata: place)
            return
        }
        // Without an answer, the worse is to be assumed.
        let lost = gap.lost(low: (try? await low(gap.partition)) ?? gap.found)
        guard lost > 0 else { return }
        metrics.countLost(lost, of: gap.partition)
        logger.critical("\(lost) records were gone before they could be read", metadata: place)
    }
}
