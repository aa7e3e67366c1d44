import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import Sidecar

/// What the sidecar answered.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    init(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ body: ByteBuffer?) {
        self.status = status.code
        self.headers = headers
        text = body.map { String(buffer: $0) } ?? ""
    }

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    subscript(name: String) -> String? { json[name] as? String }

    /// Whether this is an RFC 9457 problem that agrees with the response's status and names the request.
    var isProblem: Bool {
        headers[.contentType] == "application/problem+json" && json["status"] as? Int == status
            && self["title"]?.isEmpty == false && self["detail"]?.isEmpty == false && self["type"] == "about:blank"
            && self["request_id"] == headers[HTTPField.Name("x-request-id")!]
    }
}

/// The sidecar with scripted dependencies. Every answer is checked against the interface's description.
struct TestingSidecar: Sendable {
    private let client: any TestClientProtocol

    /// - Parameter setup: `.live` for tests of what needs a connection.
    static func with(
        _ directory: ScriptedDirectory = ScriptedDirectory(), _ publisher: RecordingPublisher = RecordingPublisher(),
        token: String? = nil, tokenGuardsReads: Bool = false, origins: [String] = [],
        feed: PaymentFeed.Limits = .init(), requested: RequestedPayments = RequestedPayments(),
        metrics: SidecarMetrics = SidecarMetrics(), setup: TestingSetup = .router,
        _ body: @escaping @Sendable (TestingSidecar) async throws -> Void
    ) async throws {
        let routes = SidecarRoutes(
            directory: directory, requested: requested, publisher: publisher,
            access: .init(
                token: token.map(BearerToken.init), tokenGuardsReads: tokenGuardsReads,
                origins: AllowedOrigins(origins)),
            feed: feed, metrics: metrics, logger: .silent)
        let application = Application(
            router: routes.router(), configuration: .init(address: .hostname("127.0.0.1", port: 0)), logger: .silent)
        try await application.test(setup) { client in try await body(TestingSidecar(client: client)) }
    }

    func call(
        _ method: HTTPRequest.Method, _ path: String, _ headers: [String: String] = [:], _ body: String? = nil
    ) async throws -> Answer {
        var fields = HTTPFields()
        for (name, value) in headers { fields[HTTPField.Name(name)!] = value }
        let answer = try await execute(method, path, fields, body.map(ByteBuffer.init))
        try InterfaceDescription.shared.check(answer, to: method, path)
        return answer
    }

    private func execute(
        _ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields, _ body: ByteBuffer?
    ) async throws -> Answer {
        guard let port = client.port else {
            let response = try await client.executeRequest(uri: path, method: method, headers: headers, body: body)
            return Answer(response.status, response.headers, response.body)
        }
        // Each call has a connection of its own.
        return try await TestClient.withClient(host: "127.0.0.1", port: port) { client in
            let response = try await client.execute(.init(path, method: method, headers: headers, body: body))
            return Answer(response.status, response.headers, response.body)
        }
    }

    /// Requests a payment.
    func submit(_ body: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await call(
            .post, "/v1/payments", headers.merging(["content-type": "application/json"]) { own, _ in own }, body)
    }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// A payment request as a caller writes it, with one member replaced and others left out.
func paymentJSON(replacing replacement: String = "", without names: String...) throws -> String {
    let complete = """
        {"payment_id": "p-1", "user_id": "u-1", "merchant_id": "m-1", "requested_at": "2025-11-20T10:00:00Z",
         "amount": {"currency": "EUR", "minor_units": 1050}, "payment_method": {"type": "card", "token": "tok_ok"}}
        """
    var members = try object(complete)
    members.merge(try object("{\(replacement)}")) { _, new in new }
    for name in names { members[name] = nil }
    return String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
}

private func object(_ json: String) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
}
