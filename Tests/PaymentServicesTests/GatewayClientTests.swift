import AsyncHTTPClient
import Foundation
import PaymentSaga
import PaymentServices
import Synchronization
import Temporal
import Testing
import WaitingTestSupport

@Suite("Gateway client", .timeLimit(.minutes(5)))
struct GatewayClientTests {
    @Test("An accepted charge gives the gateway's reference, and carries the payment id as idempotency key")
    func accepted() async throws {
        try await serving { _ in
            .answer(201, #"{"reference":"ch_1","status":"accepted"}"#)
        } body: { server, gateway in
            let submission = try await gateway.submit(.sample())
            #expect(submission == .accepted(reference: "ch_1"))
            let body = #"{"amount":{"currency":"EUR","minor_units":1000},"method_token":"tok_4711","payment_id":"p-1"}"#
            #expect(
                server.calls == [
                    ProviderCall(method: "POST", path: "/gateway/charges", idempotencyKey: "p-1", body: body)
                ])
        }
    }

    @Test("A charge that the gateway had taken before is a success, and the repeated request is the same to the byte")
    func repeated() async throws {
        try await serving { _ in
            .answer(200, #"{"reference":"ch_1","status":"accepted"}"#)
        } body: { server, gateway in
            for _ in 1...2 {
                let submission = try await gateway.submit(.sample())
                #expect(submission == .accepted(reference: "ch_1"))
            }
            #expect(server.calls.count == 2 && server.calls[0] == server.calls[1])
        }
    }

    @Test(
        "A decline is final and tells the provider's reason, without token and user",
        arguments: [
            (#"{"error":"declined","reason":"card expired"}"#, "card expired"),
            (#"{"reason":"tok_4711 of user-1\nis\u0007blocked"}"#, "(hidden) of (hidden) is blocked"),
            ("no JSON", "the gateway declined the payment"),
        ])
    func declined(answer: String, reason: String) async throws {
        try await serving { _ in
            .answer(402, answer)
        } body: { server, gateway in
            let result = try await gateway.submit(.sample())
            #expect(result == .declined(reason: reason))
            #expect(server.calls.count == 1)
        }
    }

    @Test("A provider's endless reason is cut to what an event may hold")
    func longReason() async throws {
        let reason = String(repeating: "né", count: 1000)
        try await serving { _ in
            .answer(402, #"{"reason":"\#(reason)"}"#)
        } body: { _, gateway in
            guard case .declined(let told) = try await gateway.submit(.sample()) else {
                Issue.record("the payment was not declined")
                return
            }
            #expect(told.utf8.count <= 512 && reason.hasPrefix(told))
        }
    }

    @Test("A payment that the gateway has with other content, or has voided, is refused for good")
    func conflict() async throws {
        try await serving { _ in
            .answer(409)
        } body: { _, gateway in
            guard case .declined = try await gateway.submit(.sample()) else {
                Issue.record("the payment was not refused")
                return
            }
        }
    }

    @Test(
        "When the answer to a charge is lost, the gateway is asked, and its word counts",
        arguments: [
            ProviderReply.answer(500), .answer(503), .answer(201, "{"), .answer(201, #"{"reference":""}"#),
            .answer(429), .answer(201, String(repeating: " ", count: 70_000)), .silence, .headOnly, .disconnect,
        ])
    func unknownResult(reply: ProviderReply) async throws {
        let script = { @Sendable (call: ProviderCall) -> ProviderReply in
            call.method == "POST" ? reply : .answer(200, #"{"reference":"ch_7","status":"accepted"}"#)
        }
        try await serving(submissionTimeout: reply.timeLimit, script) { server, gateway in
            let submission = try await gateway.submit(.sample())
            #expect(submission == .accepted(reference: "ch_7"))
            #expect(server.calls.map(\.line) == ["POST /gateway/charges", "GET /gateway/charges/p-1"])
        }
    }

    @Test(
        "What the gateway says of a charge whose answer was lost decides what becomes of it",
        arguments: [
            (200, #"{"reference":"ch_7","status":"declined"}"#, "declined"),
            (200, #"{"reference":"ch_7","status":"voided"}"#, "declined"),
            (404, "{}", "to be tried again"),
            (503, "{}", "unknown"),
            (200, #"{"reference":"ch_7","status":"dancing"}"#, "unknown"),
            (200, #"{"status":"accepted"}"#, "unknown"),
        ])
    func asked(status: Int, answer: String, expected: String) async throws {
        try await serving {
            $0.method == "POST" ? .answer(503) : .answer(status, answer)
        } body: { _, gateway in
            guard expected != "to be tried again" else {
                try await expectFailure(GatewayFailure.unavailable, isNonRetryable: false) {
                    _ = try await gateway.submit(.sample())
                }
                return
            }
            let result = try await gateway.submit(.sample())
            switch result {
            case .declined: #expect(expected == "declined")
            case .unknown: #expect(expected == "unknown")
            case .accepted, .absent: Issue.record("the gateway said \(result)")
            }
        }
    }

    @Test("When asking fails too, the result is unknown: neither a charge nor a failure is assumed")
    func askingFails() async throws {
        let limit = ProviderReply.silence.timeLimit
        try await serving(submissionTimeout: limit, inquiryTimeout: limit) { _ in
            .silence
        } body: { _, gateway in
            guard case .unknown = try await gateway.submit(.sample()) else {
                Issue.record("the result is not unknown")
                return
            }
        }
    }

    @Test("Case 22: the gateway is asked until it knows, with a heartbeat before each question, and its word counts")
    func inquiry() async throws {
        let asked = Mutex(0)
        let script = { @Sendable (call: ProviderCall) -> ProviderReply in
            let number = asked.withLock { count in
                count += 1
                return count
            }
            return number < 4 ? .answer(503) : .answer(200, #"{"reference":"ch_7","status":"accepted"}"#)
        }
        try await serving(script) { server, gateway in
            var heartbeats = 0
            let result = try await gateway.inquire(.sample(), pause: .milliseconds(1)) { heartbeats += 1 }
            #expect(result == .accepted(reference: "ch_7"))
            #expect(heartbeats == 4 && server.calls.map(\.method) == ["GET", "GET", "GET", "GET"])
        }
    }

    @Test("A gateway that keeps failing is not called any more, and a payment is told when to try again")
    func brokenCircuit() async throws {
        try await serving { _ in
            .answer(503)
        } body: { server, gateway in
            for _ in 1...5 { try? await gateway.void(.sample()) }
            #expect(server.calls.count == 5)
            let failure = try await expectFailure(GatewayFailure.unavailable, isNonRetryable: false) {
                _ = try await gateway.submit(.sample())
            }
            #expect(server.calls.count == 5)
            let delay = try #require(failure.nextRetryDelay)
            #expect(delay > .zero && delay <= .seconds(2))
        }
    }

    @Test("A later attempt asks first, and charges only what the gateway does not have")
    func laterAttempts() async throws {
        try await serving { _ in
            .answer(200, #"{"reference":"ch_7","status":"accepted"}"#)
        } body: { server, gateway in
            let submission = try await gateway.submit(.sample(), attempt: 2)
            #expect(submission == .accepted(reference: "ch_7"))
            #expect(server.calls.map(\.method) == ["GET"])
        }
        let script = { @Sendable (call: ProviderCall) -> ProviderReply in
            call.method == "GET" ? .answer(404) : .answer(201, #"{"reference":"ch_8","status":"accepted"}"#)
        }
        try await serving(script) { server, gateway in
            let submission = try await gateway.submit(.sample(), attempt: 2)
            #expect(submission == .accepted(reference: "ch_8"))
            #expect(server.calls.map(\.method) == ["GET", "POST"])
        }
        try await serving {
            $0.method == "GET" ? .answer(500) : .answer(201)
        } body: { server, gateway in
            try await expectFailure(GatewayFailure.unavailable, isNonRetryable: false) {
                _ = try await gateway.submit(.sample(), attempt: 2)
            }
            #expect(server.calls.map(\.method) == ["GET"])
        }
    }

    @Test("A gateway that nobody reaches has done nothing that is known, and is worth another attempt")
    func unreachable() async throws {
        try await ProviderServer.withClient { client in
            // Nothing listens there; a port that was free a moment ago might be another test's by now.
            let gateway = try GatewayClient(
                url: "http://127.0.0.1:1", httpClient: client, submissionTimeout: .seconds(30),
                inquiryTimeout: .seconds(30))
            guard case .unknown = try await gateway.submit(.sample()) else {
                Issue.record("the result is not unknown")
                return
            }
            try await expectFailure(GatewayFailure.unavailable, isNonRetryable: false) {
                try await gateway.void(.sample())
            }
        }
    }

    @Test("A cancelled submission ends as cancelled, and asks nothing more")
    func cancelled() async throws {
        try await serving { _ in
            .silence
        } body: { server, gateway in
            let submission = Task { try await gateway.submit(.sample()) }
            try await eventually { !server.calls.isEmpty }
            submission.cancel()
            await #expect(throws: CancellationError.self) { try await submission.value }
            #expect(server.calls.count == 1)
        }
    }

    @Test("Voiding reaches the gateway each time, and only its yes is taken for one")
    func void() async throws {
        try await serving { _ in
            .answer(200, #"{"status":"voided"}"#)
        } body: { server, gateway in
            for _ in 1...2 { try await gateway.void(.sample()) }
            try await gateway.refund(.sample())
            #expect(
                server.calls.map(\.line)
                    == Array(repeating: "POST /gateway/charges/p-1/void", count: 2) + [
                        "POST /gateway/charges/p-1/refund"
                    ])
        }
        for reply in [ProviderReply.answer(503), .answer(404), .silence, .disconnect] {
            try await serving(submissionTimeout: reply.timeLimit) { _ in
                reply
            } body: { _, gateway in
                try await expectFailure(GatewayFailure.unavailable, isNonRetryable: false) {
                    try await gateway.void(.sample())
                }
            }
        }
    }

    @Test("A payment id can't lead a request to another place of the gateway")
    func escaping() async throws {
        try await serving { _ in
            .answer(404)
        } body: { server, gateway in
            _ = try? await gateway.void(.sample("a/b?c#d"))
            #expect(server.calls.map(\.path) == ["/gateway/charges/a%2Fb%3Fc%23d/void"])
        }
    }

    @Test(
        "An address that can't be used is refused at once, and not repeated in the text",
        arguments: [
            "", "gateway", "ftp://gateway.test", "http://", "https://ann:s3cret@gateway.test",
            "https://gateway.test?key=s3cret", "https://gateway.test#s3cret",
        ])
    func addresses(url: String) async throws {
        try await ProviderServer.withClient { client in
            let error = try #require(throws: ServiceURLError.self) {
                try GatewayClient(url: url, httpClient: client)
            }
            #expect("\(error)".contains("the gateway") && !"\(error)".contains("s3cret"))
        }
    }

    /// The limits are out of reach, on a busy machine too, unless a test waits for one.
    private func serving(
        submissionTimeout: Duration = .seconds(30), inquiryTimeout: Duration = .seconds(30),
        _ script: @escaping @Sendable (ProviderCall) -> ProviderReply,
        body: (ProviderServer, GatewayClient) async throws -> Void
    ) async throws {
        try await ProviderServer.serving(script) { server, url, client in
            // The slash at the end is as people write it.
            let gateway = try GatewayClient(
                url: url + "/", httpClient: client, submissionTimeout: submissionTimeout,
                inquiryTimeout: inquiryTimeout)
            try await body(server, gateway)
        }
    }
}
