import Foundation
import Testing

@Suite("payment-saga saga", .serialized, .timeLimit(.minutes(5)))
struct SagaCommandTests {
    private static let example = "Examples/order-saga.json"

    @Test(
        "starts the example exactly as it stands, and it completes; once",
        .enabled(if: DevelopmentStackTests.hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func example() async throws {
        let stack = try Program(["dev", "--payments", "0", "--keep"])
        let line = try await stack.line(containing: "Temporal  ", within: .seconds(120))
        let temporal = try #require(line.split(separator: " ").last.map(String.init))
        _ = try await stack.line(containing: "running until Ctrl-C", within: .seconds(120))
        let start = try Program(["saga", "start", Self.example, "--wait", "--temporal-address", temporal])
        #expect(try await start.status() == 0, "\(start.errors)")
        let answer = try JSONDecoder().decode([String: String].self, from: Data(start.output.utf8))
        #expect(answer["workflowId"] == "order-saga-order-12345")
        #expect(answer["status"] == "completed")
        #expect(answer["runId"]?.isEmpty == false)

        let again = try Program(["saga", "start", Self.example, "--temporal-address", temporal])
        #expect(try await again.status() == 1)
        #expect(again.errors.contains("was started before, as run \(answer["runId"] ?? "?")"))

        let folder = try await stack.line(containing: "data and logs")
        let ledger = "\(try #require(folder.split(separator: " ").last))/ledger.sqlite"
        let accounts = try Program(["ledger", "accounts", "--ledger", ledger])
        #expect(try await accounts.status() == 0)
        #expect(accounts.output.contains("229.97 USD"))
        stack.send(SIGINT)
        #expect(try await stack.status() == 0)
    }

    @Test("refuses an unknown activity before it asks Temporal for anything")
    func unknownActivity() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "saga-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let json = try String(
            contentsOf: Program.repository.appending(path: Self.example), encoding: .utf8)
        try json.replacing("CreateShipmentActivity", with: "ShipIt").write(to: file, atomically: true, encoding: .utf8)
        let port = ListeningPort.closed
        let start = try Program(["saga", "start", file.path, "--temporal-address", "127.0.0.1:\(port)"])
        #expect(try await start.status() == 65)
        #expect(start.output.isEmpty)
        #expect(
            start.errors.contains("sagaSteps[2].activity is \"ShipIt\": it must be one of ReserveInventoryActivity,"))
    }
}
