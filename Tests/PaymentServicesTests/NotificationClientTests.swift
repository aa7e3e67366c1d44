import PaymentSaga
import PaymentServices
import Testing

@Suite("Notification client", .timeLimit(.minutes(5)))
struct NotificationClientTests {
    @Test("Each channel has an idempotency key of its own, and says how the payment ended")
    func send() async throws {
        try await serving {
            .answer(202, #"{"reference":"for \#($0.idempotencyKey ?? "")"}"#)
        } body: { server, client in
            for channel in NotificationOrder.Channel.allCases {
                let order = NotificationOrder(channel: channel, announcement: try .sample())
                #expect(try await client.send(order) == "for p-1/\(channel.rawValue)")
            }
            #expect(server.calls.map(\.line) == Array(repeating: "POST /notifications", count: 2))
            #expect(
                server.calls.first?.body
                    == #"{"channel":"email","payment_id":"p-1","status":"succeeded","user_id":"user-1"}"#)
        }
    }

    @Test(
        "A message that the provider did not take is worth another attempt",
        arguments: [ProviderReply.answer(500), .answer(409), .answer(202), .silence, .disconnect])
    func refused(reply: ProviderReply) async throws {
        try await serving(timeout: reply.timeLimit) { _ in
            reply
        } body: { _, client in
            try await expectFailure(ServiceFailure.notificationsUnavailable, isNonRetryable: false) {
                _ = try await client.send(NotificationOrder(channel: .sms, announcement: .sample()))
            }
        }
    }

    private func serving(
        timeout: Duration = .seconds(30), _ script: @escaping @Sendable (ProviderCall) -> ProviderReply,
        body: (ProviderServer, NotificationClient) async throws -> Void
    ) async throws {
        try await ProviderServer.serving(script) { server, url, client in
            try await body(server, NotificationClient(url: url, httpClient: client, timeout: timeout))
        }
    }
}
