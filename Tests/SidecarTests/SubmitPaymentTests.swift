import Foundation
import HTTPTypes
import Hummingbird
import PaymentEvents
import SwiftProtobuf
import Synchronization
import Testing

@testable import Sidecar

@Suite("POST /v1/payments", .timeLimit(.minutes(5)))
struct SubmitPaymentTests {
    @Test("A payment request is published as it is, and answered with where to look")
    func accepted() async throws {
        let publisher = RecordingPublisher()
        try await TestingSidecar.with(ScriptedDirectory(), publisher) { sidecar in
            let answer = try await sidecar.submit(try paymentJSON())
            #expect(answer.status == 202)
            #expect(answer.headers[.location] == "/v1/payments/p-1")
            #expect(answer["payment_id"] == "p-1")
            #expect(answer["status"] == "pending")
        }
        let event = try #require(publisher.published.first)
        #expect(event.paymentID == "p-1")
        #expect(event.amount.minorUnits == 1050)
        #expect(event.paymentMethod.token == "tok_ok")
        #expect(event.requestedAt.seconds == 1_763_632_800)
    }

    @Test("Without an id each request gets one of its own, and without a time that of its receipt")
    func generated() async throws {
        let publisher = RecordingPublisher()
        try await TestingSidecar.with(ScriptedDirectory(), publisher) { sidecar in
            let body = try paymentJSON(without: "payment_id", "requested_at")
            let first = try await sidecar.submit(body)
            let second = try await sidecar.submit(body)
            let id = try #require(first["payment_id"])
            #expect(PaymentID.isValid(id))
            #expect(first.headers[.location] == "/v1/payments/\(id)")
            #expect(second["payment_id"] != id)
        }
        let times = publisher.published.map(\.requestedAt.date.timeIntervalSinceNow)
        #expect(times.count == 2)
        #expect(times.allSatisfy { abs($0) < 60 })
    }

    @Test("The same Idempotency-Key of the same user always stands for the same payment")
    func idempotencyKey() async throws {
        try await TestingSidecar.with { sidecar in
            func id(_ key: String, user: String = "u-1") async throws -> String {
                let body = try paymentJSON(replacing: #""user_id": "\#(user)""#, without: "payment_id")
                return try #require(try await sidecar.submit(body, ["idempotency-key": key])["payment_id"])
            }
            let first = try await id("order-17")
            #expect(PaymentID.isValid(first))
            #expect(try await id("order-17") == first)
            #expect(try await id("order-18") != first)
            #expect(try await id("order-17", user: "u-2") != first)
            // Clients keep keys for days, and sidecars are updated: the derivation is a contract.
            #expect(first == "943b29a10189688583985f8825b97989")
        }
    }

    @Test("A known payment's id with other contents is refused, with the same contents it is a repetition")
    func otherContents() async throws {
        let publisher = RecordingPublisher()
        let directory = ScriptedDirectory()
        try await TestingSidecar.with(directory, publisher) { sidecar in
            #expect(try await sidecar.submit(try paymentJSON()).status == 202)
            let first = try #require(publisher.published.first)
            try directory.script.withLock { $0.digests["p-1"] = try ContentDigest(of: first).text }
            // The time of a repetition is another.
            #expect(try await sidecar.submit(try paymentJSON(without: "requested_at")).status == 202)
            let answer = try await sidecar.submit(
                try paymentJSON(replacing: #""amount": {"currency": "EUR", "minor_units": 1}"#))
            #expect(answer.status == 409)
            #expect(answer.isProblem)
            #expect(answer["payment_id"] == "p-1")
            #expect(publisher.published.count == 2)
        }
    }

    @Test("Before Temporal has heard of a payment, or while it can't be asked, the request tells its contents")
    func otherContentsOfRequest() async throws {
        let other = try paymentJSON(replacing: #""amount": {"currency": "EUR", "minor_units": 1}"#)
        let (publisher, requested) = (RecordingPublisher(), RequestedPayments())
        let directory = ScriptedDirectory()
        try await TestingSidecar.with(directory, publisher, requested: requested) { sidecar in
            #expect(try await sidecar.submit(try paymentJSON()).status == 202)
            #expect(try await sidecar.submit(try paymentJSON()).status == 202)
            #expect(try await sidecar.submit(other).status == 409)
            directory.script.withLock { $0.isReachable = false }
            #expect(try await sidecar.submit(other).status == 409)
            requested.note(try requestRecord("p-2"))
            #expect(try await sidecar.submit(try paymentJSON(replacing: #""payment_id": "p-2""#)).status == 409)
            // Nobody has told this sidecar of the first.
            requested.forget("p-1")
            #expect(try await sidecar.submit(other).status == 202)
        }
        #expect(publisher.published.count == 3)
    }

    @Test("An id in the body counts more than an Idempotency-Key")
    func bodyFirst() async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.submit(try paymentJSON(), ["idempotency-key": "k"])
            #expect(answer["payment_id"] == "p-1")
        }
    }

    @Test(
        "A field that breaks its rule is a problem with status 422 that names it and holds no value",
        arguments: [
            ("user_id", #""user_id": """#),
            ("payment_id", #""payment_id": "no spaces""#),
            ("amount.minor_units", #""amount": {"currency": "EUR", "minor_units": -5}"#),
            ("amount.currency", #""amount": {"currency": "XXX", "minor_units": 5}"#),
            ("payment_method.token", #""payment_method": {"type": "secret-card"}"#),
        ])
    func invalid(field: String, member: String) async throws {
        let publisher = RecordingPublisher()
        try await TestingSidecar.with(ScriptedDirectory(), publisher) { sidecar in
            let answer = try await sidecar.submit(try paymentJSON(replacing: member))
            #expect(answer.status == 422)
            #expect(answer.isProblem)
            #expect(answer["field"] == field)
            #expect(!answer.text.contains("secret"))
        }
        #expect(publisher.published.isEmpty)
    }

    @Test(
        "A value of the wrong type is a problem with status 400 that names the field",
        arguments: [
            ("amount.minor_units", #"{"amount": {"currency": "EUR", "minor_units": "ten"}}"#),
            ("amount", #"{"user_id": "u-1", "amount": 5}"#),
            ("user_id", #"{"user_id": 5}"#),
            ("requested_at", #"{"requested_at": "yesterday"}"#),
            ("metadata.order", #"{"metadata": {"order": 17}}"#),
        ])
    func wrongType(field: String, body: String) async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.submit(body)
            #expect(answer.status == 400)
            #expect(answer.isProblem)
            #expect(answer["field"] == field)
        }
    }

    @Test("A body that is no JSON object is a problem with status 400", arguments: ["", "payment", "[1]", "{", "null"])
    func noObject(body: String) async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.submit(body)
            #expect(answer.status == 400)
            #expect(answer.isProblem)
        }
    }

    @Test(
        "An Idempotency-Key that is empty or too long is a problem with status 400",
        arguments: ["", String(repeating: "k", count: 256)])
    func invalidKey(key: String) async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.submit(try paymentJSON(without: "payment_id"), ["idempotency-key": key])
            #expect(answer.status == 400)
            #expect(answer["field"] == "Idempotency-Key")
        }
    }

    @Test(
        "Only JSON is taken", arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
    func mediaType(contentType: String) async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.submit(try paymentJSON(), ["content-type": contentType])
            #expect(answer.status == 415)
            #expect(answer.isProblem)
            #expect(try await sidecar.submit(try paymentJSON(), ["content-encoding": "gzip"]).status == 415)
            let charset = ["content-type": "application/json; charset=utf-8"]
            #expect(try await sidecar.submit(try paymentJSON(), charset).status == 202)
        }
    }

    @Test("A body of more than 64 KiB is a problem with status 413")
    func tooLarge() async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.submit(try paymentJSON() + String(repeating: " ", count: 65_536))
            #expect(answer.status == 413)
            #expect(answer.isProblem)
            let largest = try paymentJSON()
            let padding = String(repeating: " ", count: 65_536 - largest.utf8.count)
            #expect(try await sidecar.submit(largest + padding).status == 202)
        }
    }

    @Test("So it is when the length is not announced")
    func tooLargeUnannounced() async throws {
        let head = HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/v1/payments")
        func body(of size: Int) async throws -> Int {
            let bytes = ByteBuffer(repeating: UInt8(ascii: " "), count: size)
            return try await Request(head: head, body: RequestBody(buffer: bytes)).limitedBody().count
        }
        #expect(try await body(of: 65_536) == 65_536)
        let problem = await #expect(throws: Problem.self) { try await body(of: 65_537) }
        #expect(problem?.status == .contentTooLarge)
    }

    @Test("A body that does not arrive in time is a problem with status 408")
    func tooSlow() async throws {
        let head = HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/v1/payments")
        let (body, source) = RequestBody.makeStream()
        let problem = await #expect(throws: Problem.self) {
            try await Request(head: head, body: body).limitedBody(within: .milliseconds(50))
        }
        #expect(problem?.status == .requestTimeout)
        source.finish()
    }

    @Test("Without Kafka it is a problem with status 503 that tells how to repeat the request")
    func unavailable() async throws {
        try await TestingSidecar.with(ScriptedDirectory(), RecordingPublisher(isReachable: false)) { sidecar in
            let answer = try await sidecar.submit(try paymentJSON(without: "payment_id"))
            #expect(answer.status == 503)
            #expect(answer.isProblem)
            #expect(PaymentID.isValid(answer["payment_id"] ?? ""))
            #expect(!answer.text.contains("secret-host"))
        }
    }
}
