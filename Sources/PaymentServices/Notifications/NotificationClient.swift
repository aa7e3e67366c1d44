public import AsyncHTTPClient
public import PaymentSaga
import Temporal

/// The provider that tells users by mail and SMS, by its HTTP interface. It knows the users' addresses; we don't.
public struct NotificationClient: Sendable {
    private let endpoint: ProviderEndpoint
    private let timeout: Duration

    /// - Parameters:
    ///   - url: Where `/notifications` is found.
    ///   - httpClient: Shared with others; it stays the caller's to shut down.
    ///   - timeout: The limit for one message.
    /// - Throws: ``ServiceURLError``.
    public init(url: String, httpClient: HTTPClient, timeout: Duration = .seconds(5)) throws(ServiceURLError) {
        endpoint = try ProviderEndpoint(service: "the notification provider", url: url, client: httpClient)
        self.timeout = timeout
    }

    /// Has the user told. The idempotency key is `<payment-id>/<channel>`: a repeated order sends no second message.
    /// - Returns: The provider's reference to the message, the same for every attempt.
    /// - Throws: `ApplicationFailure` ``ServiceFailure/notificationsUnavailable``, for another attempt;
    ///   `CancellationError`.
    public func send(_ order: NotificationOrder) async throws -> String {
        let paymentID = order.announcement.request.paymentID
        return try await send(
            MessageRequest(order), key: "\(paymentID)/\(order.channel.rawValue)",
            "the \(order.channel.rawValue) about payment \(paymentID)")
    }

    /// Has a customer told that an order is on its way. The idempotency key is `order:<order-id>/<channel>`, which is no
    /// payment's.
    /// - Returns: The provider's reference to the message, the same for every attempt.
    /// - Throws: As for a payment.
    public func send(_ confirmation: OrderConfirmation) async throws -> String {
        let orderID = confirmation.order.orderID
        return try await send(
            MessageRequest(confirmation), key: "order:\(orderID)/\(confirmation.channel.rawValue)",
            "the \(confirmation.channel.rawValue) about order \(orderID)")
    }

    private func send(_ request: MessageRequest, key: String, _ what: String) async throws -> String {
        let answer: ProviderAnswer
        do {
            answer = try await endpoint.post(
                ["notifications"], request, idempotencyKey: key, timeout: timeout)
        } catch let error as NoAnswer {
            throw unavailable("\(error), when handed \(what)", error.retryAfter)
        }
        guard (200...202).contains(answer.status) else {
            throw unavailable("the notification provider answered \(answer.status) to \(what)")
        }
        guard let message = answer.decoded(AcceptedMessage.self), !message.reference.isEmpty else {
            throw unavailable("the notification provider's answer to \(what) can't be read")
        }
        return message.reference
    }

    private func unavailable(_ message: String, _ retryAfter: Duration? = nil) -> ApplicationFailure {
        ApplicationFailure(message, type: ServiceFailure.notificationsUnavailable, nextRetryDelay: retryAfter)
    }
}
