import HTTPServing
import Hummingbird
import Kafka
public import Logging
import PaymentEvents
public import Temporal

/// The payments' HTTP interface: takes payment requests, tells where payments stand, cancels them.
///
/// | call | answer |
/// |---|---|
/// | `GET /v1/payments/{id}` | 200 with the payment's status; 400, 404 |
/// | `GET /v1/payments/{id}/events` | 200 with its changes as server-sent events, 204 when there will be no more; 400, 404 |
/// | `GET /v1/payments` | 200 with a page of payments, newest first; 400 |
/// | `POST /v1/payments` | 202 with its id once Kafka has stored the request; 400, 401, 403, 408, 413, 415, 422 |
/// | `POST /v1/payments/{id}/cancel` | 202; 400, 401, 403, 404, 409 when it is too late |
/// | `GET /healthz`, `GET /readyz` | 200; 503 |
/// | `GET /metrics` | 200 with the metrics for Prometheus |
/// | `GET /openapi.json` | 200 with all this in OpenAPI 3.1 |
/// | `GET /` | 200 with a page that shows payments as they move |
///
/// Every error is an RFC 9457 problem, 503 when Kafka or Temporal cannot be reached, and every response carries
/// `x-request-id`.
public struct Sidecar: Sendable {
    private let configuration: SidecarConfiguration
    private let client: TemporalClient
    private let logger: Logger

    public init(configuration: SidecarConfiguration, client: TemporalClient, logger: Logger) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
    }

    /// Serves until the task is cancelled; then finishes the requests in progress and returns.
    ///
    /// - Parameter onStart: Called with the real port once connections are accepted.
    /// - Throws: ``ListenError``; `KafkaError` if Kafka can't be reached, lacks a topic that is written to, or is configured wrongly.
    public func run(onStart: @escaping @Sendable (_ port: Int) -> Void = { _ in }) async throws {
        let publisher = try KafkaPaymentPublisher(configuration.kafka, topics: configuration.topics)
        do {
            try await publisher.prepare()
        } catch {
            await publisher.close()
            throw error
        }
        let outcomes = LastOutcomes()
        let requested = RequestedPayments(outcomes: outcomes)
        let routes = SidecarRoutes(
            directory: TemporalPaymentDirectory(client: client), outcomes: outcomes, requested: requested,
            publisher: publisher,
            access: .init(
                token: configuration.token.map(BearerToken.init), tokenGuardsReads: configuration.tokenGuardsReads,
                origins: AllowedOrigins(configuration.allowedOrigins)),
            page: configuration.metrics, logger: logger)
        let listener = HTTPListener(
            name: "the sidecar", host: configuration.host, port: configuration.port, logger: logger)
        let following = Task {
            async let ends: Void = follow(configuration.topics.outcomes) { record in
                if let id = outcomes.note(record) { requested.forget(id) }
            }
            async let requests: Void = follow(configuration.topics.requests) { requested.note($0) }
            _ = await (ends, requests)
        }
        let end: Result<Void, any Error>
        do {
            end = .success(try await listener.serve(routes.router(), onStart: onStart))
        } catch {
            end = .failure(error)
        }
        following.cancel()
        await following.value
        await publisher.close()
        try end.get()
    }

    private func follow(_ topic: String, _ note: (KafkaRecord) -> Void) async {
        await TopicFollower(topic: topic, kafka: configuration.kafka, logger: logger).run(note)
    }
}
