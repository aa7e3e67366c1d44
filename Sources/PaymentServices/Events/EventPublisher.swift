public import Foundation
public import Kafka
public import PaymentEvents
public import PaymentSaga
import Temporal

/// Publishes what became of payments.
///
/// Events are sent at least once; a repeated one has the same key and id (the header `ce_id`), so consumers can drop it.
public struct EventPublisher: Sendable {
    private let producer: RenewableProducer
    private let topics: Topics
    private let codec: EventCodec

    /// - Parameters:
    ///   - producer: Shared with others; it stays the caller's to close.
    ///   - topics: The topics' names.
    ///   - codec: How events are encoded, and the source they name.
    public init(
        producer: RenewableProducer, topics: Topics = Topics(),
        codec: EventCodec = EventCodec(source: "/payment-saga/worker")
    ) {
        self.producer = producer
        self.topics = topics
        self.codec = codec
    }

    /// Publishes how a payment ended, keyed by payment id. Everything in it comes from the announcement, so the same one
    /// gives the same key, value and headers whenever it is published.
    /// - Throws: `ApplicationFailure`: ``ServiceFailure/invalidEvent`` when the payment has not ended or its time can't
    ///   be written, final; ``ServiceFailure/eventsUnavailable``, for another attempt. `CancellationError`.
    public func publish(_ announcement: OutcomeAnnouncement) async throws {
        try await publish(PaymentOutcome(announcement), to: topics.outcomes)
        ServiceMetrics.count(announcement.result)
    }

    /// Publishes that the notification provider took a message, keyed by user id.
    ///
    /// Only this is published, and never a `NotificationRequested`: the message is ordered from the provider directly,
    /// and whoever acted on such an event would tell the user twice.
    /// - Parameters:
    ///   - order: The message that was sent.
    ///   - reference: The provider's reference to it.
    ///   - sentAt: When the provider took it.
    /// - Throws: As ``publish(_:)``.
    public func publish(sent order: NotificationOrder, reference: String, sentAt: Date) async throws {
        try await publish(NotificationSent(order, reference: reference, sentAt: sentAt), to: topics.notifications)
    }

    /// Publishes how an order ended, keyed by order id.
    /// - Throws: As for a payment's outcome.
    public func publish(_ announcement: OrderAnnouncement) async throws {
        try await publish(OrderOutcome(announcement), to: topics.orderOutcomes)
    }

    /// Publishes a settlement batch, keyed by merchant id.
    /// - Throws: As for a payment's outcome.
    public func publish(_ announcement: SettlementAnnouncement) async throws {
        try await publish(SettlementBatch(announcement), to: topics.settlements)
    }

    /// Publishes a difference that reconciliation found, keyed by payment id.
    /// - Throws: As for a payment's outcome.
    func publish(_ difference: ReconciliationDifference) async throws {
        try await publish(difference, to: topics.reconciliation)
    }

    private func publish(_ event: some PaymentEvent, to topic: String) async throws {
        let encoded: EncodedEvent
        do {
            encoded = try codec.encode(event, traceparent: Traceparent.current)
        } catch {
            throw ApplicationFailure("\(error)", type: ServiceFailure.invalidEvent, isNonRetryable: true)
        }
        let record = ProducerRecord(
            topic: topic, key: encoded.key, value: encoded.value,
            headers: encoded.headers.map { KafkaHeader($0.name, $0.value) })
        do {
            _ = try await producer.send(record)
        } catch let error as KafkaError {
            throw ApplicationFailure(
                "event \(event.eventID) was not published: \(error)", type: ServiceFailure.eventsUnavailable)
        }
    }
}
