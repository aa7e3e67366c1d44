public import Kafka
public import PaymentEvents

/// Reads what was published of payments' ends.
public struct OutcomeReader: Sendable {
    private let kafka: KafkaConfiguration
    private let topic: String

    /// - Parameters:
    ///   - kafka: The cluster.
    ///   - topic: Where the outcomes are.
    public init(kafka: KafkaConfiguration, topic: String = Topics().outcomes) {
        self.kafka = kafka
        self.topic = topic
    }

    /// Reads the topic from its oldest record to its newest.
    /// - Parameter body: Gets each outcome; a repeated one comes again.
    /// - Throws: `KafkaError` when the topic can't be read; `CancellationError`.
    func read(_ body: (PaymentOutcome) async -> Void) async throws {
        let reader = try await KafkaReader(kafka, topics: [topic])
        var unread = Set(reader.partitions)
        var failure: KafkaError?
        reading: for await event in reader.events {
            switch event {
            case .records(let records):
                for record in records {
                    // What is no outcome is nobody's claim that a payment ended.
                    let headers = record.headers.compactMap { header in
                        header.value.map { (name: header.name, value: String(decoding: $0, as: UTF8.self)) }
                    }
                    guard
                        let outcome = try? EventCodec.decode(PaymentOutcome.self, from: record.value, headers: headers)
                    else { continue }
                    await body(outcome)
                }
            case .endOfPartition(let partition, _):
                unread.remove(partition)
                if unread.isEmpty { break reading }
            case .warning(let error):
                if case .fatal = error {
                    failure = error
                    break reading
                }
            }
        }
        await reader.close()
        if let failure { throw failure }
        try Task.checkCancellation()
    }
}
