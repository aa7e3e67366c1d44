import Foundation
import HTTPTypes
import Testing

@testable import Sidecar

@Suite("Access and form of answers", .timeLimit(.minutes(5)))
struct AccessTests {
    @Test(
        "With a token configured, calls that change something need it",
        arguments: [
            nil, "Bearer wrong", "Bearer", "Bearer ", "Basic right", "right", "Bearer right2", "Bearer righ",
        ])
    func refused(authorization: String?) async throws {
        let (directory, publisher) = (ScriptedDirectory(try liveReport()), RecordingPublisher())
        try await TestingSidecar.with(directory, publisher, token: "right") { sidecar in
            let headers = authorization.map { ["authorization": $0] } ?? [:]
            let answers = [
                try await sidecar.submit(try paymentJSON(), headers),
                try await sidecar.call(.post, "/v1/payments/p-1/cancel", headers),
            ]
            for answer in answers {
                #expect(answer.status == 401)
                #expect(answer.isProblem)
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer ") == true)
                #expect(!answer.text.contains("wrong"))
            }
        }
        #expect(publisher.published.isEmpty)
        #expect(directory.cancellations.isEmpty)
    }

    @Test("With the token they are let in, and reading needs none")
    func allowed() async throws {
        try await TestingSidecar.with(ScriptedDirectory(try liveReport()), token: "right") { sidecar in
            let headers = ["authorization": "bearer right"]
            let submitted = try await sidecar.submit(try paymentJSON(), headers)
            #expect(submitted.status == 202)
            #expect(try await sidecar.call(.post, "/v1/payments/p-1/cancel", headers).status == 202)
            #expect(try await sidecar.call(.get, "/v1/payments/p-1").status == 200)
            #expect(try await sidecar.call(.get, "/healthz").status == 200)
        }
    }

    @Test("Reading needs the token, too, where it is configured so; health does not")
    func guardedReads() async throws {
        try await TestingSidecar.with(
            ScriptedDirectory(try liveReport()), token: "right", tokenGuardsReads: true
        ) { (sidecar) async throws in
            for path in ["/v1/payments/p-1", "/v1/payments", "/v1/payments/p-1/events", "/v1/statistics"] {
                #expect(try await sidecar.call(.get, path).status == 401)
            }
            let headers = ["authorization": "Bearer right"]
            #expect(try await sidecar.call(.get, "/v1/payments/p-1", headers).status == 200)
            #expect(try await sidecar.call(.get, "/v1/payments", headers).status == 200)
            for path in ["/healthz", "/readyz", "/", "/openapi.json"] {
                #expect(try await sidecar.call(.get, path).status == 200)
            }
        }
    }

    @Test("An empty token lets nobody in")
    func emptyToken() async throws {
        try await TestingSidecar.with(token: "") { sidecar in
            for authorization in ["Bearer ", "Bearer  ", "Bearer x"] {
                let answer = try await sidecar.submit(try paymentJSON(), ["authorization": authorization])
                #expect(answer.status == 401)
            }
        }
        #expect(!BearerToken("").matches(authorization: "Bearer  "))
    }

    @Test(
        "An unknown address is a problem with status 404",
        arguments: ["/page", "/v1", "/v2/payments", "/v1/payments/p/x"])
    func unknownAddress(path: String) async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.call(.get, path)
            #expect(answer.status == 404)
            #expect(answer.isProblem)
        }
    }

    @Test(
        "A method an address doesn't know is a problem with status 405 and those it knows",
        arguments: [
            ("/v1/payments", HTTPRequest.Method.put, "GET, HEAD, POST"), ("/v1/payments", .delete, "GET, HEAD, POST"),
            ("/v1/payments/p-1/events", .post, "GET, HEAD"), ("/", .post, "GET, HEAD"),
            ("/v1/payments/p-1", .post, "GET, HEAD"), ("/v1/payments/p-1", .put, "GET, HEAD"),
            ("/v1/payments/p-1/cancel", .get, "POST"), ("/healthz", .post, "GET, HEAD"),
            ("/readyz", .patch, "GET, HEAD"),
        ])
    func unknownMethod(path: String, method: HTTPRequest.Method, allowed: String) async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.call(method, path)
            #expect(answer.status == 405)
            #expect(answer.isProblem)
            #expect(answer.headers[.allow] == allowed)
        }
    }

    @Test("HEAD answers as GET does, without a body")
    func head() async throws {
        try await TestingSidecar.with(ScriptedDirectory(try liveReport())) { sidecar in
            for (path, status) in [("/v1/payments/p-1", 200), ("/v1/payments/p-2", 404), ("/nowhere", 404)] {
                let answer = try await sidecar.call(.head, path)
                #expect(answer.status == status)
                #expect(answer.text.isEmpty)
            }
        }
    }

    @Test("Every response has a request id: the caller's if it is fit for logs, else a new one")
    func requestID() async throws {
        try await TestingSidecar.with { sidecar in
            let name = HTTPField.Name("x-request-id")!
            #expect(try await sidecar.call(.get, "/healthz", ["x-request-id": "abc-1"]).headers[name] == "abc-1")
            #expect(try await sidecar.call(.get, "/nowhere", ["x-request-id": "abc-1"])["request_id"] == "abc-1")
            let first = try await sidecar.call(.get, "/healthz").headers[name]
            let second = try await sidecar.call(.get, "/healthz", ["x-request-id": "two words"]).headers[name]
            #expect(first?.isEmpty == false)
            #expect(second?.isEmpty == false)
            #expect(second != "two words")
            #expect(first != second)
        }
    }

    @Test(
        "It is alive whatever it depends on, and ready only when all of that can be reached",
        arguments: [
            (true, true, 200), (false, true, 503), (true, false, 503), (false, false, 503),
        ])
    func health(kafka: Bool, temporal: Bool, status: Int) async throws {
        let directory = ScriptedDirectory(isReachable: temporal)
        try await TestingSidecar.with(directory, RecordingPublisher(isReachable: kafka)) { sidecar in
            #expect(try await sidecar.call(.get, "/healthz").status == 200)
            let answer = try await sidecar.call(.get, "/readyz")
            #expect(answer.status == status)
            #expect(answer.isProblem == (status == 503))
            let dependencies = answer.json["dependencies"] as? [String: String]
            #expect(dependencies == ["kafka": kafka ? "up" : "down", "temporal": temporal ? "up" : "down"])
        }
    }
}
