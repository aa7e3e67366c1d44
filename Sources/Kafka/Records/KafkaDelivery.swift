/// Where an acknowledged record was stored.
public struct KafkaDelivery: Hashable, Sendable {
    /// The partition that the key, or the sender, chose.
    public let partition: Int32
    /// The position in the partition.
    public let offset: Int64

    /// A delivery to that place.
    public init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}
