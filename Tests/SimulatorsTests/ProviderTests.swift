import HTTPTypes
import Testing

@Suite("The fraud check and the notification provider", .timeLimit(.minutes(5)))
struct ProviderTests {
    @Test(
        "Only tok_fraud is suspicious",
        arguments: [("tok_fraud", "true"), ("tok_ok", "false"), ("tok_declined", "false"), ("pm_123", "false")])
    func fraud(token: String, suspicious: String) async throws {
        try await withSimulators { providers, _ in
            let answer = try await providers.call(
                .post, "/fraud/assessments",
                """
                {"payment_id": "p-1", "amount": {"currency": "EUR", "minor_units": 1050}, "user_id": "u-1",
                 "method_token": "\(token)"}
                """)
            #expect(answer.status == 200)
            #expect(answer["suspicious"].flatMap { ["1": "true", "0": "false"][$0] ?? $0 } == suspicious)
            #expect(answer["score"].flatMap { Int($0) }.map { (0...100).contains($0) } == true)
            #expect(answer["reason"]?.isEmpty == false)
        }
    }

    @Test("A message is taken once: repeated it gives the same reference, and its key serves no other message")
    func notifications() async throws {
        func body(_ channel: String) -> String {
            #"{"payment_id": "p-1", "user_id": "u-1", "channel": "\#(channel)", "status": "succeeded"}"#
        }
        try await withSimulators { providers, _ in
            let first = try await providers.call(.post, "/notifications", key: "p-1/email", body("email"))
            #expect(first.status == 202)
            #expect(first["reference"]?.isEmpty == false)
            let again = try await providers.call(.post, "/notifications", key: "p-1/email", body("email"))
            #expect(again.status == 202)
            #expect(again["reference"] == first["reference"])
            let sms = try await providers.call(.post, "/notifications", key: "p-1/sms", body("sms"))
            #expect(sms["reference"] != first["reference"])
            #expect(try await providers.call(.post, "/notifications", key: "p-1/sms", body("email")).status == 409)
            #expect(try await providers.call(.post, "/notifications", body("sms")).status == 400)
            #expect(try await providers.call(.post, "/notifications", key: "k", body("pigeon")).status == 400)
        }
    }
}
