import Foundation
import HTTPTypes
import PaymentSaga
import Synchronization
import Testing

@testable import Sidecar

@Suite("GET /v1/payments/{id}", .timeLimit(.minutes(5)))
struct ShowPaymentTests {
    @Test("A payment that answers is shown with its steps, times in ISO 8601")
    func live() async throws {
        let steps = """
            [{"name": "validate", "state": "succeeded", "started_at": "2025-11-20T10:00:00Z",
              "ended_at": "2025-11-20T10:00:00.100Z"}]
            """
        try await TestingSidecar.with(ScriptedDirectory(try liveReport(steps: steps))) { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/p-1")
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType]?.hasPrefix("application/json") == true)
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer["payment_id"] == "p-1")
            #expect(answer["user_id"] == "u-1")
            #expect(answer["status"] == "processing")
            #expect(answer["stage"] == "confirm")
            #expect(answer["source"] == "live")
            #expect(answer["updated_at"] == "2025-11-20T10:00:00.250Z")
            #expect(answer.headers[.age] == "0")
            #expect(answer["as_of"] != nil)
            #expect((answer.json["amount"] as? [String: Any])?["minor_units"] as? Int == 1050)
            let step = (answer.json["steps"] as? [[String: Any]])?.first
            #expect(step?["name"] as? String == "validate")
            #expect(step?["ended_at"] as? String == "2025-11-20T10:00:00.100Z")
        }
    }

    @Test("What is only on record says so")
    func stored() async throws {
        let directory = ScriptedDirectory()
        directory.script.withLock { $0.records["p-1"] = storedReport("p-1", .failed, reasonCode: .gatewayDeclined) }
        try await TestingSidecar.with(directory) { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/p-1")
            #expect(answer["source"] == "stored")
            #expect(answer["status"] == "failed")
            #expect(answer["reason_code"] == "GATEWAY_DECLINED")
            #expect(!answer.text.contains("tok_secret"))
        }
    }

    @Test("It says to whom it is, since when, what the gateway calls it, and what holds it up")
    func details() async throws {
        let more = """
            "merchant_id": "m-1", "created_at": "2025-11-20T09:59:59.500Z", "gateway_reference": "g-1",
            "stuck_step": "settle", "refused_cancellation": "the gateway has approved the payment already",
            """
        try await TestingSidecar.with(ScriptedDirectory(try liveReport(more: more))) { (sidecar) async throws in
            let answer = try await sidecar.call(.get, "/v1/payments/p-1")
            #expect(answer["merchant_id"] == "m-1")
            #expect(answer["created_at"] == "2025-11-20T09:59:59.500Z")
            #expect(answer["gateway_reference"] == "g-1")
            #expect(answer["stuck_step"] == "settle")
            #expect(answer["refused_cancellation"]?.contains("approved") == true)
        }
    }

    @Test("What is not known is left out, as by workers of an earlier version")
    func leftOut() async throws {
        try await TestingSidecar.with(ScriptedDirectory(try liveReport())) { (sidecar) async throws in
            let answer = try await sidecar.call(.get, "/v1/payments/p-1")
            for name in ["merchant_id", "created_at", "gateway_reference", "stuck_step", "refused_cancellation"] {
                #expect(answer.json[name] == nil)
            }
        }
    }

    @Test("An unknown payment is a problem with status 404")
    func unknown() async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/p-2")
            #expect(answer.status == 404)
            #expect(answer.isProblem)
            #expect(answer["payment_id"] == "p-2")
        }
    }

    @Test("An id that no payment can have is a problem with status 400", arguments: ["p%201", "p%2F1", "%ff", "ü"])
    func invalid(id: String) async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/\(id)")
            #expect(answer.status == 400)
            #expect(answer.isProblem)
            #expect(answer["field"] == "payment_id")
        }
    }

    @Test("An id may be percent-encoded")
    func encoded() async throws {
        try await TestingSidecar.with(ScriptedDirectory(try liveReport())) { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/p%2D1")
            #expect(answer.status == 200)
        }
    }

    @Test("Without Temporal it is a problem with status 503 that names no address")
    func unavailable() async throws {
        try await TestingSidecar.with(ScriptedDirectory(isReachable: false)) { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/p-1")
            #expect(answer.status == 503)
            #expect(answer.isProblem)
            #expect(answer.headers[.retryAfter] != nil)
            #expect(!answer.text.contains("secret-host"))
        }
    }
}
