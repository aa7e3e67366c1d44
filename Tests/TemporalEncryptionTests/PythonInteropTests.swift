public import Foundation
import SwiftProtobuf
public import Temporal
public import TemporalAPI
import TemporalTestSupport
import Testing

extension Temporal_Api_Common_V1_ActivityType: ProtobufValue {}

@Suite("Together with the Python SDK, on the real server", .timeLimit(.minutes(5)))
struct PythonInteropTests {
    @Test("Python starts, queries and signals a Swift workflow and reads its results; Swift reads the same")
    func swiftWorkflow() async throws {
        let server = try await TemporalDevServer.shared()
        let client = try await makeClient()
        let queue = "queue-\(UUID())"
        try await serving(client, queue: queue, workflows: [PolyglotWorkflow.self]) {
            let lines = try await python(["\(server.host):\(server.port)", queue])
            #expect(
                lines == [
                    #"query: {"count": 3, "name": "hello", "note": null, "size": 2}"#,
                    "result: hello debit",
                    "failure: ApplicationError Declined non-retryable no funds [7, None, b'\\x01']",
                ])
            let done = client.handle(for: PolyglotWorkflow.self, id: queue)
            #expect(try await done.result().name == "hello debit")
            let state = try await done.query(PolyglotWorkflow.state, Arguments("size"))
            #expect(state == PolyglotWorkflow.State(name: "hello", count: 3, size: 2, note: nil))
        }
    }

    @Test("A failure that Python made comes back through Swift as the same message, stack trace included")
    func pythonFailure() async throws {
        let failure = try Failure(jsonString: try await python(["failure"]).joined())
        let error = FailureConverter().error(from: failure)
        let application = try #require(error as? ApplicationFailure)
        #expect(application.message == "outer")
        #expect(application.category == .benign)
        #expect(application.stackTrace.contains("in failure"))
        #expect((application.cause as? ApplicationFailure)?.type == "ValueError")
        #expect(FailureConverter().failure(from: error) == failure)
    }

    private func python(_ arguments: [String]) async throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = root.appending(path: ".tools/venv/bin/python")
        process.arguments = ["-c", Self.script] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try await Task.detached { try output.fileHandleForReading.readToEnd() ?? Data() }.value
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static let script = #"""
        import asyncio, json, os, sys
        from google.protobuf import json_format
        from temporalio import client, exceptions
        from temporalio.api.common.v1 import ActivityType
        from temporalio.api.failure.v1 import Failure
        from temporalio.converter import DataConverter

        def failure():
            try:
                try:
                    raise ValueError("inner")
                except ValueError as cause:
                    raise exceptions.ApplicationError(
                        "outer", 7, type="Outer", category=exceptions.ApplicationErrorCategory.BENIGN) from cause
            except Exception as error:
                proto = Failure()
                converter = DataConverter.default
                converter.failure_converter.to_failure(error, converter.payload_converter, proto)
                print(json_format.MessageToJson(proto, indent=None))

        async def main(address, queue):
            c = await client.Client.connect(address)
            handle = await c.start_workflow(
                "PolyglotWorkflow", args=["hello", 3, b"\x01\x02", None], id=queue, task_queue=queue,
                result_type=ActivityType)
            print("query:", json.dumps(await handle.query("state", "size"), sort_keys=True))
            await handle.signal("go", ActivityType(name="debit"))
            print("result:", (await handle.result()).name)
            handle = await c.start_workflow(
                "PolyglotWorkflow", args=["fail", 3, b""], id=queue + "-fails", task_queue=queue)
            try:
                await handle.result()
            except client.WorkflowFailureError as error:
                e = error.cause
                print("failure:", type(e).__name__, e.type, "non-retryable" if e.non_retryable else "", e.message,
                      list(e.details))

        failure() if sys.argv[1] == "failure" else asyncio.run(main(*sys.argv[1:]))
        # The SDK's own threads may still be running, which an orderly end of the interpreter does not survive.
        sys.stdout.flush()
        os._exit(0)
        """#
}

/// Takes and gives values of every encoding.
public final class PolyglotWorkflow: Workflow, @unchecked Sendable {
    struct State: Codable, Equatable, Sendable {
        var name: String
        var count: Int
        var size: Int
        var note: String?

        func encode(to encoder: any Swift.Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(name, forKey: .name)
            try container.encode(count, forKey: .count)
            try container.encode(size, forKey: .size)
            try container.encode(note, forKey: .note)
        }
    }

    static let go = SignalType<Temporal_Api_Common_V1_ActivityType>("go")
    static let state = QueryType<Arguments<String>, State>("state")

    public static var handlers: WorkflowHandlers<PolyglotWorkflow> {
        WorkflowHandlers()
            .signal(go) { workflow, word, _ in workflow.word = word }
            .query(state) { workflow, _ in workflow.state }
    }

    private let state: State
    private var word: Temporal_Api_Common_V1_ActivityType?

    public init(_ input: Arguments<String, Int, Data, String?>) {
        let (name, count, data, note) = input.values
        state = State(name: name, count: count, size: data.count, note: note)
    }

    public func run(_ context: WorkflowContext) async throws -> Temporal_Api_Common_V1_ActivityType {
        if state.name == "fail" {
            throw ApplicationFailure(
                "no funds", type: "Declined", isNonRetryable: true,
                details: [
                    try DataConverter.standard.payload(encoding: 7),
                    try DataConverter.standard.payload(encoding: String?.none),
                    try DataConverter.standard.payload(encoding: Data([1])),
                ])
        }
        try await context.wait(until: { self.word != nil })
        return .with { $0.name = "\(state.name) \(word?.name ?? "")" }
    }
}
