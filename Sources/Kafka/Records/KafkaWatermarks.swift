/// The range of offsets a partition holds at the moment it was asked.
public struct KafkaWatermarks: Hashable, Sendable {
    /// The oldest offset still there.
    public let low: Int64
    /// The offset the next record will get.
    public let high: Int64

    /// The range from `low` up to and without `high`.
    public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}
