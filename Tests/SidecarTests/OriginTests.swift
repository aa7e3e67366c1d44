import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Sidecar

@Suite("Pages of other origins", .timeLimit(.minutes(5)))
struct OriginTests {
    private let shop = ["origin": "https://shop.example"]

    @Test("They may read nothing and change nothing unless they are allowed")
    func refused() async throws {
        let publisher = RecordingPublisher()
        let directory = ScriptedDirectory(try liveReport())
        try await TestingSidecar.with(directory, publisher, origins: ["https://other.example"]) { sidecar in
            let read = try await sidecar.call(.get, "/v1/payments/p-1", shop)
            #expect(read.headers[.accessControlAllowOrigin] == nil)
            for origin in ["https://shop.example", "null", "https://other.example.evil"] {
                let headers = ["origin": origin]
                let answers = [
                    try await sidecar.submit(try paymentJSON(), headers),
                    try await sidecar.call(.post, "/v1/payments/p-1/cancel", headers),
                ]
                for answer in answers {
                    #expect(answer.status == 403)
                    #expect(answer.isProblem)
                    #expect(answer.headers[.accessControlAllowOrigin] == nil)
                }
            }
            let preflight = try await sidecar.call(
                .options, "/v1/payments", shop.merging(["access-control-request-method": "POST"]) { $1 })
            #expect(preflight.status == 405)
        }
        #expect(publisher.published.isEmpty)
        #expect(directory.cancellations.isEmpty)
    }

    @Test("Those on the list may do what others may, and see problems, too")
    func allowed() async throws {
        try await TestingSidecar.with(
            ScriptedDirectory(try liveReport()), token: "right", origins: ["https://Shop.example"]
        ) { sidecar in
            let preflight = try await sidecar.call(
                .options, "/v1/payments", shop.merging(["access-control-request-method": "POST"]) { $1 })
            #expect(preflight.status == 204)
            #expect(preflight.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
            #expect(preflight.headers[.accessControlAllowMethods]?.contains("POST") == true)
            let submitted = try await sidecar.submit(
                try paymentJSON(), shop.merging(["authorization": "Bearer right"]) { $1 })
            #expect(submitted.status == 202)
            let unauthorized = try await sidecar.submit(try paymentJSON(), shop)
            #expect(unauthorized.status == 401)
            for answer in [preflight, submitted, unauthorized, try await sidecar.call(.get, "/v1/payments/p-1", shop)] {
                #expect(answer.headers[.accessControlAllowOrigin] == "https://shop.example")
                #expect(answer.headers[.vary] == "Origin")
            }
        }
    }

    @Test("The sidecar's own page may do everything")
    func ownPage() async throws {
        try await TestingSidecar.with(setup: .live) { (sidecar) async throws in
            let host = ["host": "pay.example:8080", "origin": "http://pay.example:8080"]
            #expect(try await sidecar.submit(try paymentJSON(), host).status == 202)
        }
    }
}
