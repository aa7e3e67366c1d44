import Foundation
import Testing

@Suite("A load", .serialized, .timeLimit(.minutes(5)))
struct LoadTests {
    @Test(
        "comes out as it has to, request by request, though some are sent twice",
        .enabled(if: DevelopmentStackTests.hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func reconciled() async throws {
        let stack = try await RunningStack()
        let folder = FileManager.default.temporaryDirectory.appending(path: "load-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (json, html) = (folder.appending(path: "load.json"), folder.appending(path: "load.html"))
        let program = try Program([
            "produce", "--kafka-bootstrap-servers", stack.broker, "--rate", "20", "--count", "60", "--arrivals",
            "poisson",
            "--faults", "0.3", "--repeated", "0.3", "--seed", "7", "--json", json.path, "--html", html.path,
        ])
        #expect(try await program.status(within: .seconds(120)) == 0, "\(program.output)\n\(program.errors)")
        #expect(program.output.contains("every request has exactly one outcome, the one expected"))

        let report = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: json)) as? [String: Any])
        #expect(report["sent"] as? Int == 60)
        #expect(report["outcomes"] as? Int == 60)
        let (succeeded, all) = (try count("succeeded", in: report), try count("all", in: report))
        #expect(all == 60)
        #expect((25..<60).contains(succeeded))
        #expect(
            try String(contentsOf: html, encoding: .utf8).contains("Each of the 60 requests has exactly one outcome"))
    }

    @Test("names every request that nothing came of, and fails")
    func unreconciled() async throws {
        let broker = try Program(["dev-broker"])
        let servers = try await broker.line(containing: "127.0.0.1:")
        let program = try Program([
            "produce", "--kafka-bootstrap-servers", servers, "--rate", "100", "--count", "3", "--patience", "1s",
        ])
        #expect(try await program.status() == 1)
        #expect(program.output.contains("3 requests without exactly one outcome"))
        #expect(program.output.matches(of: /load-\w+-[123]: expected .*, found nothing/).count == 3)
    }

    @Test(
        "that can't be is refused",
        arguments: [["--rate", "0"], ["--count", "1", "--duration", "1s"], ["--faults", "2"]])
    func refused(arguments: [String]) async throws {
        let program = try Program(["produce"] + arguments)
        #expect(try await program.status() == 64)
    }

    private func count(_ name: String, in report: [String: Any]) throws -> Int {
        try #require((report["latency_ms_of_\(name)"] as? [String: Any])?["count"] as? Int)
    }
}
