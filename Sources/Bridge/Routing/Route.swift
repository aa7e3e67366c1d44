public import Kafka

/// What becomes of the records of one topic: how they are read, and what they ask of Temporal.
///
/// A bridge is given one route for each topic it reads. The key of a record keeps it in order with others; records of
/// different keys are applied at once.
public struct Route: Sendable {
    public let topic: String
    /// Reads and checks a record, and says what it asks of Temporal.
    public let command: @Sendable (KafkaRecord) throws(Rejection) -> WorkflowCommand

    /// The largest value that is decoded, in bytes. Everything below fits into what Temporal accepts.
    public static let maximumValueBytes = 262_144

    /// - Parameter command: Reads and checks a record whose key and value are there and no larger than
    ///   ``maximumValueBytes``. It gives the same answer each time it is given the same record, request ids included: that
    ///   is what makes repetitions harmless. What it rejects is dead-lettered.
    public init(
        topic: String,
        command:
            @escaping @Sendable (_ record: KafkaRecord, _ key: [UInt8], _ value: [UInt8]) throws(Rejection) ->
            WorkflowCommand
    ) {
        self.topic = topic
        self.command = { (record) throws(Rejection) in
            guard let key = record.key, !key.isEmpty else {
                throw Rejection(.missingKey, "the record has no key, which keeps it in order with others")
            }
            guard let value = record.value else { throw Rejection(.tombstone, "the record has no value") }
            guard value.count <= Self.maximumValueBytes else {
                let text = "the value has \(value.count) bytes; at most \(Self.maximumValueBytes) are read"
                throw Rejection(.oversized, text)
            }
            return try command(record, key, value)
        }
    }
}
