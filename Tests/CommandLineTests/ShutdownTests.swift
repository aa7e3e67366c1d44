import Foundation
import FoundationNetworking
import Testing

@Suite("A role that is asked to end")
struct ShutdownTests {
    @Test("ends with status 0 when what was under way has ended")
    func order() async throws {
        let broker = try Program(["dev-broker"])
        let servers = try await broker.line(containing: "127.0.0.1:")
        let program = try Program(["simulators", "--kafka-bootstrap-servers", servers])
        _ = try await program.line(containing: "ready http://")
        program.send(SIGTERM)
        #expect(try await program.status() == 0)
    }

    @Test("ends all the same when that takes longer than it may, and says so")
    func bound() async throws {
        let broker = try Program(["dev-broker"])
        let servers = try await broker.line(containing: "127.0.0.1:")
        let program = try Program([
            "simulators", "--kafka-bootstrap-servers", servers, "--shutdown-timeout", "300ms", "--log-level",
            "critical",
        ])
        let line = try await program.line(containing: "ready http://")
        // The confirmation of this charge can't be published any more.
        broker.send(SIGKILL)
        _ = try await broker.status()
        try await charge(at: try #require(line.split(separator: " ").last.map(String.init)))
        program.send(SIGTERM)
        // That it was the limit that ended it, the status tells; a busy machine takes its time.
        #expect(try await program.status(within: .seconds(30)) == 130)
        #expect(program.errors.contains("the end took longer than 0.3 seconds"))
    }

    private func charge(at url: String) async throws {
        var request = URLRequest(url: try #require(URL(string: "\(url)/gateway/charges")))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.setValue("p-1", forHTTPHeaderField: "idempotency-key")
        request.httpBody = Data(
            """
            {"payment_id": "p-1", "amount": {"currency": "USD", "minor_units": 100}, "method_token": "tok_ok"}
            """.utf8)
        let (_, response) = try await URLSession.shared.data(for: request)
        #expect((response as? HTTPURLResponse)?.statusCode == 201)
    }
}
