import HTTPServing
import Hummingbird
import Kafka
public import Logging
import PaymentEvents

/// The providers a payment depends on, for development and tests: a payment gateway, a fraud check and a notification
/// provider behind one HTTP server, and the gateway's confirmations on Kafka.
///
/// | call | answer |
/// |---|---|
/// | `POST /gateway/charges` | 201, or 200 when repeated; 402 declined, 409 conflict or voided, 503 |
/// | `GET /gateway/charges/{payment_id}` | 200 or 404 |
/// | `POST /gateway/charges/{payment_id}/void` | 200 |
/// | `POST /gateway/charges/{payment_id}/refund` | 200 |
/// | `POST /fraud/assessments` | 200 |
/// | `POST /notifications` | 202; 409 conflict |
/// | `POST /inventory/reservations` | 201, or 200 when repeated; 409 out of stock, conflict or released, 503 |
/// | `POST /inventory/reservations/{order_id}/release` | 200 |
/// | `POST /shipping/shipments` | 202 while it is prepared; 409 conflict, 422 refused |
/// | `GET /shipping/shipments/{order_id}` | 200 or 404 |
/// | `POST /shipping/shipments/{order_id}/cancel` | 200 |
/// | `GET /healthz` | 200 |
///
/// What happens is chosen by the payment method's token, see ``TestToken``, and by an order's products, see ``TestProduct``. Everything is kept in memory only.
public struct Simulators: Sendable {
    /// How long confirmations that are due may take to reach Kafka after the end was asked for.
    private static let drainLimit = Duration.seconds(5)

    private let configuration: SimulatorsConfiguration
    private let logger: Logger

    public init(configuration: SimulatorsConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Serves until the task is cancelled; then finishes the requests in progress, sends the confirmations that are still
    /// due, and returns.
    ///
    /// - Parameter onStart: Called with the real port once connections are accepted.
    /// - Throws: ``ListenError``; `KafkaError` if Kafka can't be reached, lacks the topic of confirmations, or is configured wrongly.
    public func run(onStart: @escaping @Sendable (_ port: Int) -> Void = { _ in }) async throws {
        let producer = try KafkaProducer(configuration.kafka)
        let topic = configuration.topics.confirmations
        do {
            try await producer.prepare(topics: [topic])
        } catch {
            await producer.close(timeout: .zero)
            throw error
        }
        let codec = EventCodec(source: "/simulators/gateway")
        let outbox = ConfirmationOutbox(delay: configuration.confirmationDelay, logger: logger) { confirmation in
            let event = try codec.encode(confirmation)
            let headers = event.headers.map { KafkaHeader($0.name, $0.value) }
            _ = try await producer.send(
                ProducerRecord(topic: topic, key: event.key, value: event.value, headers: headers))
        }
        let listener = HTTPListener(
            name: "the simulators", host: configuration.host, port: configuration.port, logger: logger)
        let end: Result<Void, any Error>
        do {
            end = .success(try await listener.serve(router(outbox), onStart: onStart))
        } catch {
            end = .failure(error)
        }
        await Self.drain(outbox, producer)
        try end.get()
    }

    private func router(_ outbox: ConfirmationOutbox) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("healthz") { _, _ in ["status": "ok"] }
        if let metrics = configuration.metrics { router.get("metrics") { _, _ in metrics.response() } }
        Gateway(
            outbox: outbox, lateAnswerDelay: configuration.lateAnswerDelay,
            lateConfirmationDelay: configuration.lateConfirmationDelay, logger: logger
        ).addRoutes(to: router)
        FraudCheck().addRoutes(to: router)
        NotificationDesk(logger: logger).addRoutes(to: router)
        Inventory().addRoutes(to: router)
        Carrier(preparationTime: configuration.preparationTime).addRoutes(to: router)
        return router
    }

    private static func drain(_ outbox: ConfirmationOutbox, _ producer: KafkaProducer) async {
        // Closing the producer fails what it holds, and with that ends the outbox's attempts.
        let deadline = Task {
            try await Task.sleep(for: drainLimit)
            await producer.close(timeout: .zero)
        }
        await outbox.drain()
        deadline.cancel()
        _ = await deadline.result
        await producer.close()
    }
}
