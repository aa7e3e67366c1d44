import Foundation
import FoundationNetworking
import Testing
import WaitingTestSupport

@Suite("A payment requested over HTTP", .timeLimit(.minutes(5)))
struct RequestedPaymentTests {
    @Test(
        "is known from the answer on, and ends cancelled when it is cancelled in the same breath",
        .enabled(if: DevelopmentStackTests.hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func cancelledAtOnce() async throws {
        let stack = try await RunningStack()
        let payments = "\(stack.sidecar)/v1/payments"
        let ids = (1...5).map { "at-once-\($0)" }
        for id in ids {
            // Nobody confirms payments with this token.
            let body = """
                {"payment_id": "\(id)", "user_id": "user-ada", "merchant_id": "merchant-books",
                "amount": {"currency": "USD", "minor_units": 100},
                "payment_method": {"type": "card", "token": "tok_silent"}}
                """
            #expect(try await call("POST", payments, body).status == 202)
            #expect(try await call("GET", "\(payments)/\(id)").status == 200)
            #expect(try await call("POST", "\(payments)/\(id)/cancel").status == 202)
        }
        for id in ids {
            try await eventually("\(id) is cancelled") {
                let answer = try await call("GET", "\(payments)/\(id)").json
                return answer["status"] as? String == "cancelled"
                    && answer["reason_code"] as? String == "CANCELLED_BY_USER"
            }
        }
    }

    private func call(
        _ method: String, _ address: String, _ body: String? = nil
    ) async throws -> (status: Int?, json: [String: Any]) {
        var request = URLRequest(url: try #require(URL(string: address)))
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        if body != nil { request.setValue("application/json", forHTTPHeaderField: "content-type") }
        let (data, response) = try await URLSession.shared.data(for: request)
        let json = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return ((response as? HTTPURLResponse)?.statusCode, json ?? [:])
    }
}
