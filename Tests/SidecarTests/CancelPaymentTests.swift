import HTTPTypes
import PaymentEvents
import PaymentSaga
import Synchronization
import Testing

@testable import Sidecar

@Suite("POST /v1/payments/{id}/cancel", .timeLimit(.minutes(5)))
struct CancelPaymentTests {
    @Test("A payment under way is asked to cancel itself")
    func accepted() async throws {
        let directory = ScriptedDirectory(try liveReport())
        try await TestingSidecar.with(directory) { sidecar in
            let answer = try await sidecar.call(
                .post, "/v1/payments/p-1/cancel", ["content-type": "application/json"],
                #"{"requested_by": "u-1", "reason": "changed my mind"}"#)
            #expect(answer.status == 202)
            #expect(answer.headers[.location] == "/v1/payments/p-1")
            #expect(answer["payment_id"] == "p-1")
        }
        #expect(directory.cancellations["p-1"] == .init(requestedBy: "u-1", reason: "changed my mind"))
    }

    @Test("The body may be left out")
    func withoutBody() async throws {
        let directory = ScriptedDirectory(try liveReport())
        try await TestingSidecar.with(directory) { sidecar in
            let answer = try await sidecar.call(.post, "/v1/payments/p-1/cancel")
            #expect(answer.status == 202)
        }
        #expect(directory.cancellations["p-1"]?.requestedBy.isEmpty == false)
    }

    @Test(
        "A payment that has ended is a problem with status 409 and its state",
        arguments: [
            "succeeded", "failed", "cancelled", "rejected",
        ])
    func ended(state: String) async throws {
        let directory = ScriptedDirectory(try liveReport("p-1", state))
        try await TestingSidecar.with(directory) { sidecar in
            let answer = try await sidecar.call(.post, "/v1/payments/p-1/cancel")
            #expect(answer.status == 409)
            #expect(answer.isProblem)
            #expect(answer["state"] == state)
        }
        #expect(directory.cancellations.isEmpty)
    }

    @Test("A payment that the gateway has approved is a problem with status 409")
    func approved() async throws {
        let steps = """
            [{"name": "confirm", "state": "succeeded", "started_at": "2025-11-20T10:00:00Z"},
             {"name": "settle", "state": "running", "started_at": "2025-11-20T10:00:00Z"}]
            """
        let directory = ScriptedDirectory(try liveReport(stage: "settle", steps: steps))
        try await TestingSidecar.with(directory) { sidecar in
            let answer = try await sidecar.call(.post, "/v1/payments/p-1/cancel")
            #expect(answer.status == 409)
            #expect(answer["state"] == "processing")
            #expect(answer["detail"]?.contains("approved") == true)
        }
        #expect(directory.cancellations.isEmpty)
    }

    @Test("A payment that ends while it is being cancelled is a problem with status 409 and its last state")
    func race() async throws {
        let directory = ScriptedDirectory(
            try liveReport(), try liveReport("p-1", "succeeded"), cancellationAnswer: .notFound)
        try await TestingSidecar.with(directory) { sidecar in
            let answer = try await sidecar.call(.post, "/v1/payments/p-1/cancel")
            #expect(answer.status == 409)
            #expect(answer["state"] == "succeeded")
        }
    }

    @Test("A payment that is requested and has not begun is cancelled by an event, which waits for it")
    func pending() async throws {
        let (directory, publisher) = (ScriptedDirectory(cancellationAnswer: .notFound), RecordingPublisher())
        try await TestingSidecar.with(directory, publisher) { sidecar in
            #expect(try await sidecar.submit(try paymentJSON()).status == 202)
            let answer = try await sidecar.call(
                .post, "/v1/payments/p-1/cancel", ["content-type": "application/json"], #"{"requested_by": "u-1"}"#)
            #expect(answer.status == 202)
            #expect(answer["status"] == "pending")
        }
        #expect(publisher.cancellations.map(\.paymentID) == ["p-1"])
        #expect(publisher.cancellations.map(\.requestedBy) == ["u-1"])
    }

    @Test("A payment that begins while it is being cancelled is asked to cancel itself")
    func beginning() async throws {
        let (directory, publisher) = (ScriptedDirectory(), RecordingPublisher())
        let begun = try liveReport(stage: "validate")
        directory.script.withLock { $0.begun = begun }
        try await TestingSidecar.with(directory, publisher) { (sidecar) async throws in
            #expect(try await sidecar.submit(try paymentJSON()).status == 202)
            #expect(try await sidecar.call(.post, "/v1/payments/p-1/cancel").status == 202)
        }
        #expect(directory.cancellations["p-1"] != nil)
        #expect(publisher.cancellations.isEmpty)
    }

    @Test("A payment that refuses to be cancelled is a problem with status 409, its reason and its state")
    func refused() async throws {
        let directory = ScriptedDirectory(
            try liveReport(), cancellationAnswer: .tooLate("the gateway has approved the payment already"))
        try await TestingSidecar.with(directory) { sidecar in
            let answer = try await sidecar.call(.post, "/v1/payments/p-1/cancel")
            #expect(answer.status == 409)
            #expect(answer["state"] == "processing")
            #expect(answer["detail"]?.contains("the gateway has approved") == true)
        }
    }

    @Test("Whoever asks after a cancellation is told what came of it, not what was known before")
    func newsAfterwards() async throws {
        let directory = ScriptedDirectory(try liveReport(), try liveReport(), try liveReport("p-1", "cancelled"))
        try await TestingSidecar.with(directory) { (sidecar) async throws in
            #expect(try await sidecar.call(.get, "/v1/payments/p-1")["status"] == "processing")
            #expect(try await sidecar.call(.post, "/v1/payments/p-1/cancel").status == 202)
            #expect(try await sidecar.call(.get, "/v1/payments/p-1")["status"] == "cancelled")
        }
    }

    @Test("An unknown payment is 404, an invalid id 400, a bad body 400 or 422, no Temporal 503")
    func errors() async throws {
        try await TestingSidecar.with(ScriptedDirectory(try liveReport())) { sidecar in
            let json = ["content-type": "application/json"]
            let long = String(repeating: "x", count: 600)
            let answers = [
                404: try await sidecar.call(.post, "/v1/payments/p-2/cancel"),
                400: try await sidecar.call(.post, "/v1/payments/p%201/cancel"),
                415: try await sidecar.call(.post, "/v1/payments/p-1/cancel", [:], "reason=none"),
                422: try await sidecar.call(.post, "/v1/payments/p-1/cancel", json, #"{"reason": "\#(long)"}"#),
            ]
            for (status, answer) in answers {
                #expect(answer.status == status)
                #expect(answer.isProblem)
            }
            let wrongType = try await sidecar.call(.post, "/v1/payments/p-1/cancel", json, #"{"reason": 5}"#)
            #expect(wrongType.status == 400)
            #expect(wrongType["field"] == "reason")
        }
        try await TestingSidecar.with(ScriptedDirectory(isReachable: false)) { sidecar in
            let answer = try await sidecar.call(.post, "/v1/payments/p-1/cancel")
            #expect(answer.status == 503)
        }
    }
}
