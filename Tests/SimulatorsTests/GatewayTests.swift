import HTTPTypes
import Testing

@Suite("The gateway", .timeLimit(.minutes(5)))
struct GatewayTests {
    @Test("A charge is accepted with a reference and can be looked up")
    func accepted() async throws {
        try await withSimulators { providers, _ in
            #expect(try await providers.call(.get, "/gateway/charges/p-1").status == 404)
            let charge = try await providers.charge("p-1", "tok_ok")
            #expect(charge.status == 201)
            #expect(charge["status"] == "accepted")
            let found = try await providers.call(.get, "/gateway/charges/p-1")
            #expect(found.status == 200)
            #expect(found["reference"] == charge["reference"])
            #expect(found["reference"]?.isEmpty == false)
        }
    }

    @Test("The same charge again is answered with the same reference, another charge of that id is refused")
    func idempotency() async throws {
        try await withSimulators { providers, _ in
            let first = try await providers.charge("p-1", "tok_ok")
            let second = try await providers.charge("p-1", "tok_ok")
            #expect(second.status == 200)
            #expect(second["reference"] == first["reference"])
            let other = try await providers.charge("p-1", "tok_ok", units: 1)
            #expect(other.status == 409)
            #expect(other["error"] == "idempotency_conflict")
        }
    }

    @Test("tok_declined is declined each time, and remembered as declined")
    func declined() async throws {
        try await withSimulators { providers, _ in
            for _ in 1...2 {
                let answer = try await providers.charge("p-1", "tok_declined")
                #expect(answer.status == 402)
                #expect(answer["error"] == "declined")
                #expect(answer["reason"]?.isEmpty == false)
            }
            #expect(try await providers.call(.get, "/gateway/charges/p-1")["status"] == "declined")
        }
    }

    @Test("tok_flaky is unavailable twice, then accepted")
    func flaky() async throws {
        try await withSimulators { providers, _ in
            var statuses: [Int] = []
            for _ in 1...4 { statuses.append(try await providers.charge("p-1", "tok_flaky").status) }
            #expect(statuses == [503, 503, 201, 200])
        }
    }

    @Test("tok_timeout_after_accept leaves its caller without an answer, but the charge is there")
    func timeoutAfterAccept() async throws {
        try await withSimulators(lateAnswerDelay: .seconds(20)) { providers, _ in
            // Time enough for the charge to arrive, on a busy machine too.
            await #expect(throws: (any Error).self) {
                try await providers.charge("p-1", "tok_timeout_after_accept", timeout: .seconds(8))
            }
            let charge = try await providers.call(.get, "/gateway/charges/p-1")
            #expect(charge["status"] == "accepted")
            #expect(try await providers.charge("p-1", "tok_timeout_after_accept").status == 200)
        }
    }

    @Test("The late answer of tok_timeout_after_accept comes in the end")
    func lateAnswer() async throws {
        try await withSimulators(lateAnswerDelay: .milliseconds(50)) { providers, _ in
            let answer = try await providers.charge("p-1", "tok_timeout_after_accept")
            #expect(answer.status == 201)
        }
    }

    @Test("A voided charge can't be charged again, and voiding twice is as good as once")
    func void() async throws {
        try await withSimulators { providers, _ in
            _ = try await providers.charge("p-1", "tok_silent")
            for _ in 1...2 {
                let answer = try await providers.call(.post, "/gateway/charges/p-1/void")
                #expect(answer.status == 200)
                #expect(answer["status"] == "voided")
            }
            #expect(try await providers.call(.get, "/gateway/charges/p-1")["status"] == "voided")
            #expect(try await providers.charge("p-1", "tok_silent")["error"] == "voided")
        }
    }

    @Test("A charge that arrives after its void is refused")
    func voidBeforeCharge() async throws {
        try await withSimulators { providers, _ in
            #expect(try await providers.call(.post, "/gateway/charges/p-1/void").status == 200)
            let late = try await providers.charge("p-1", "tok_ok")
            #expect(late.status == 409)
            #expect(late["error"] == "voided")
        }
    }

    @Test(
        "A charge that can't be understood is refused with the reason",
        arguments: [
            (nil, #"{"payment_id": "p-1", "amount": {"currency": "EUR", "minor_units": 1}, "method_token": "tok_ok"}"#),
            ("other", #"{"payment_id": "p-1", "amount": {"currency": "EUR", "minor_units": 1}, "method_token": "t"}"#),
            ("p-1", #"{"payment_id": "p-1", "amount": {"currency": "EUR", "minor_units": 0}, "method_token": "t"}"#),
            ("p-1", #"{"payment_id": "p-1", "method_token": "tok_ok"}"#),
            ("p-1", "not json"),
        ])
    func invalid(key: String?, body: String) async throws {
        try await withSimulators { providers, _ in
            let answer = try await providers.call(.post, "/gateway/charges", key: key, body)
            #expect(answer.status == 400)
            #expect(answer["error"] != nil)
            #expect(answer["reason"]?.isEmpty == false)
            #expect(try await providers.call(.get, "/gateway/charges/p-1").status == 404)
        }
    }
}
