import Foundation
import Kafka
import PaymentEvents

/// Publishes payment requests and cancellations to their topics.
struct KafkaPaymentPublisher: PaymentPublisher {
    private let producer: RenewableProducer
    private let topics: Topics
    private let codec = EventCodec(source: "/payment-saga/sidecar")

    /// - Throws: `KafkaError` if the configuration can't be used.
    init(_ configuration: KafkaConfiguration, topics: Topics) throws {
        var configuration = configuration
        // A caller is waiting: the default of two minutes is longer than most clients' patience.
        configuration.properties.merge(["delivery.timeout.ms": "5000"]) { configured, _ in configured }
        producer = try RenewableProducer(configuration)
        self.topics = topics
    }

    /// - Throws: `KafkaError` when Kafka or one of the topics is not there.
    func prepare() async throws { try await producer.prepare(topics: [topics.requests, topics.cancellations]) }

    func publish(_ request: PaymentRequested) async throws { try await publish(request, to: topics.requests) }

    func publish(_ cancellation: CancellationRequested) async throws {
        try await publish(cancellation, to: topics.cancellations)
    }

    private func publish(_ event: some PaymentEvent, to topic: String) async throws {
        let event = try codec.encode(event, sentAt: .now, traceparent: Traceparent.current)
        let record = ProducerRecord(
            topic: topic, key: event.key, value: event.value,
            headers: event.headers.map { KafkaHeader($0.name, $0.value) })
        do {
            _ = try await producer.send(record)
        } catch let error as KafkaError {
            throw DependencyUnavailableError(dependency: .kafka, reason: "\(error)")
        }
    }

    func checkReachable() async throws {
        do {
            try await producer.waitUntilReachable(timeout: .seconds(2))
        } catch let error as KafkaError {
            throw DependencyUnavailableError(dependency: .kafka, reason: "\(error)")
        }
    }

    /// Gives what is on its way five seconds, and ends.
    func close() async { await producer.close(timeout: .seconds(5)) }
}
