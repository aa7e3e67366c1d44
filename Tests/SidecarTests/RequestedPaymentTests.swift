import Foundation
import HTTPTypes
import Kafka
import PaymentEvents
import PaymentSaga
import Synchronization
import Testing

@testable import Sidecar

@Suite("Payments that are requested and have not begun", .timeLimit(.minutes(5)))
struct RequestedPaymentTests {
    @Test("From the answer to its request on, a payment is known, and pending")
    func atOnce() async throws {
        try await TestingSidecar.with { (sidecar) async throws in
            let start = Date.now
            let submitted = try await sidecar.submit(try paymentJSON(without: "payment_id"))
            let answer = try await sidecar.call(.get, try #require(submitted.headers[.location]))
            #expect(answer.status == 200)
            #expect(answer["payment_id"] == submitted["payment_id"])
            #expect(answer["status"] == "pending")
            #expect(answer["source"] == "stored")
            #expect(answer["user_id"] == "u-1")
            #expect(answer["merchant_id"] == "m-1")
            #expect((answer.json["amount"] as? [String: Any])?["minor_units"] as? Int == 1050)
            #expect((answer.json["steps"] as? [Any])?.isEmpty == true)
            #expect(answer["stage"] == nil)
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            let updatedAt = try Date(answer["updated_at"] ?? "", strategy: style)
            #expect((start.addingTimeInterval(-0.001)...Date.now).contains(updatedAt))
            #expect(answer["created_at"] == answer["updated_at"])
            #expect(!answer.text.contains("tok_"))
        }
    }

    @Test("What Kafka did not take is not known")
    func untaken() async throws {
        try await TestingSidecar.with(ScriptedDirectory(), RecordingPublisher(isReachable: false)) {
            (sidecar) async throws in
            #expect(try await sidecar.submit(try paymentJSON()).status == 503)
            #expect(try await sidecar.call(.get, "/v1/payments/p-1").status == 404)
        }
    }

    @Test("It is known while Temporal can't be asked, as of its request; once it has begun, it answers itself")
    func begins() async throws {
        let directory = ScriptedDirectory(isReachable: false)
        try await TestingSidecar.with(directory) { (sidecar) async throws in
            #expect(try await sidecar.submit(try paymentJSON()).status == 202)
            let answer = try await sidecar.call(.get, "/v1/payments/p-1")
            #expect(answer["status"] == "pending")
            #expect(answer["as_of"] == answer["updated_at"])
            let report = try liveReport()
            directory.script.withLock { script in
                script.isReachable = true
                script.reports["p-1"] = [report]
            }
            var source = answer["source"]
            while source == "stored" { source = try await sidecar.call(.get, "/v1/payments/p-1")["source"] }
            #expect(source == "live")
        }
    }

    @Test("Requests that others have stored count, and of several with one id the first")
    func others() throws {
        let requested = RequestedPayments()
        let (first, second) = (
            try requestRecord("p-1", minorUnits: 1), try requestRecord("p-1", minorUnits: 2, offset: 1)
        )
        requested.note(try payment(second), at: .now)
        #expect(requested.report(on: "p-1")?.amount.minorUnits == 2)
        requested.note(first)
        requested.note(second)
        let report = try #require(requested.report(on: "p-1"))
        #expect(report.amount.minorUnits == 1)
        #expect(report.updatedAt.milliseconds == first.timestamp)
        #expect(requested.digest(of: "p-1") == (try ContentDigest(of: try payment(first)).text))
        requested.forget("p-1")
        #expect(requested.report(on: "p-1") == nil)
    }

    @Test("A record that the bridge will not take, or should long have taken, is no payment")
    func noRequest() throws {
        let requested = RequestedPayments()
        requested.note(try requestRecord("p-1", minorUnits: -1))
        requested.note(try requestRecord("p-2", key: "p-3"))
        requested.note(try requestRecord("p-4", age: .seconds(2 * 86_400)))
        for id in ["p-1", "p-2", "p-3", "p-4"] { #expect(requested.report(on: id) == nil) }
    }

    @Test("A payment that has ended is not waited for, in whatever order its request and its outcome are read")
    func ended() throws {
        let outcomes = LastOutcomes()
        let requested = RequestedPayments(outcomes: outcomes)
        let request = try requestRecord("p-1")
        outcomes.note(try outcomeRecord("p-1"))
        requested.note(request)
        requested.note(try payment(request), at: .now)
        #expect(requested.report(on: "p-1") == nil)
        // Nor does another request take its place.
        requested.note(try requestRecord("p-1", minorUnits: 2, offset: 1))
        #expect(requested.digest(of: "p-1") == nil)
    }

    @Test("A payment that has said that it has ended is not waited for")
    func endedByItsOwnWord() async throws {
        let (directory, requested) = (ScriptedDirectory(try liveReport("p-1", "succeeded")), RequestedPayments())
        requested.note(try requestRecord("p-1"))
        let reports = PaymentReports(directory: directory, requested: requested)
        #expect(try await reports.report(on: "p-1")?.status == .succeeded)
        #expect(requested.report(on: "p-1") == nil)
    }

    @Test("A repeated request of a payment that Temporal knows is not waited for")
    func repeated() async throws {
        let (directory, requested) = (ScriptedDirectory(), RequestedPayments())
        let body = try paymentJSON()
        let digest = try ContentDigest(
            of: EventCodec.decode(PaymentRequested.self, from: Array(body.utf8), headers: []))
        directory.script.withLock { $0.digests["p-1"] = digest.text }
        try await TestingSidecar.with(directory, requested: requested) { (sidecar) async throws in
            #expect(try await sidecar.submit(body).status == 202)
        }
        #expect(requested.report(on: "p-1") == nil)
    }

    @Test("What was requested more than a day ago is not waited for any more")
    func old() throws {
        let requested = RequestedPayments()
        requested.note(try requestRecord("p-1"))
        #expect(requested.report(on: "p-1", now: .now + 86_000) != nil)
        #expect(requested.digest(of: "p-1", now: .now + 87_000) == nil)
        #expect(requested.report(on: "p-1") == nil)
    }

    private func payment(_ record: KafkaRecord) throws -> PaymentRequested {
        try EventCodec.decode(from: record.value, headers: record.textHeaders)
    }
}
