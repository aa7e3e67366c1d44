import PaymentSaga
import PaymentServices
import Testing

@Suite("Fraud client", .timeLimit(.minutes(5)))
struct FraudClientTests {
    @Test("An assessment comes back as the provider made it, without token and user")
    func assessment() async throws {
        let answer = #"{"suspicious":true,"score":93,"reason":"user-1 uses tok_4711 everywhere"}"#
        try await serving { _ in
            .answer(200, answer)
        } body: { server, fraud in
            let expected = FraudAssessment(
                isSuspicious: true, score: 93, reason: "(hidden) uses (hidden) everywhere")
            let assessment = try await fraud.assess(.sample())
            #expect(assessment == expected)
            let amount = #"{"currency":"EUR","minor_units":1000}"#
            let body =
                #"{"amount":\#(amount),"method_token":"tok_4711","payment_id":"p-1","user_id":"user-1"}"#
            #expect(server.calls.map(\.line) == ["POST /fraud/assessments"])
            #expect(server.calls.map(\.body) == [body])
        }
    }

    @Test(
        "Anything but a readable assessment is worth another attempt",
        arguments: [
            ProviderReply.answer(500), .answer(404), .answer(200, "{}"), .silence, .disconnect,
            .answer(200, #"{"suspicious":false,"score":101,"reason":""}"#),
        ])
    func unusable(reply: ProviderReply) async throws {
        try await serving(timeout: reply.timeLimit) { _ in
            reply
        } body: { _, fraud in
            try await expectFailure(ServiceFailure.fraudCheckUnavailable, isNonRetryable: false) {
                _ = try await fraud.assess(.sample())
            }
        }
    }

    private func serving(
        timeout: Duration = .seconds(30), _ script: @escaping @Sendable (ProviderCall) -> ProviderReply,
        body: (ProviderServer, FraudClient) async throws -> Void
    ) async throws {
        try await ProviderServer.serving(script) { server, url, client in
            try await body(server, FraudClient(url: url, httpClient: client, timeout: timeout))
        }
    }
}
