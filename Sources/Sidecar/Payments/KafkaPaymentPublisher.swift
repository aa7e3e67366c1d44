import Kafka
import PaymentEvents

/// Publishes payment requests to their topic.
struct KafkaPaymentPublisher: PaymentPublisher {
    private let producer: KafkaProducer
    private let topic: String
    private let codec = EventCodec(source: "/payment-saga/sidecar")

    /// - Throws: `KafkaError` if the configuration can't be used.
    init(_ configuration: KafkaConfiguration, topic: String) throws {
        var configuration = configuration
        // A caller is waiting: the default of two minutes is longer than most clients' patience.
        configuration.properties.merge(["delivery.timeout.ms": "10000"]) { configured, _ in configured }
        producer = try KafkaProducer(configuration)
        self.topic = topic
    }

    func publish(_ request: PaymentRequested, traceparent: String?) async throws {
        let event = try codec.encode(request, traceparent: traceparent)
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
