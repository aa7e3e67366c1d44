/// An event ready for its topic.
public struct EncodedEvent: Sendable {
    /// The Kafka key.
    public let key: String

    /// The encoded message.
    public let value: [UInt8]

    /// In the order they are sent; every name occurs once.
    public let headers: [EventHeader]
}
