import Kafka

/// Tells which partitions end before what the group has committed: their logs were cut, by an unclean election say, or their
/// topics were made anew.
///
/// New records then take the offsets of those that were there, and would pass for records handed out already. Whoever
/// begins at the committed position learns from the broker that there is no such offset, and reads all there is.
struct CutLogDetector {
    private var suspects: Set<TopicPartition> = []

    /// Takes in the lag of all partitions there are.
    ///
    /// - Parameter lag: Below zero where the partition ends before the committed position.
    /// - Returns: Those that were seen so twice in a row, in the order of their names. Once may be a commit between the two
    ///   questions that a lag takes.
    mutating func observe(_ lag: [TopicPartition: Int64]) -> [TopicPartition] {
        let cut = Set(lag.filter { $0.value < 0 }.keys)
        defer { suspects = cut }
        return suspects.intersection(cut).sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
    }
}
