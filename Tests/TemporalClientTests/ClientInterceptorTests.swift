import Foundation
import GRPCTestSupport
import SwiftProtobuf
import Synchronization
import TemporalAPI
import Testing

@testable import Temporal

@Suite("A client's interceptors", .timeLimit(.minutes(5)))
struct ClientInterceptorTests {
    private static let answers: [String: ScriptedFrontend.Answer] = {
        let empty: ScriptedFrontend.Answer = { _, _ in .reply([]) }
        let methods = [
            "StartWorkflowExecution", "SignalWithStartWorkflowExecution", "SignalWorkflowExecution", "QueryWorkflow",
            "RequestCancelWorkflowExecution", "TerminateWorkflowExecution", "DescribeWorkflowExecution",
        ]
        return Dictionary(uniqueKeysWithValues: methods.map { ($0, empty) })
    }()

    @Test("The first registered sees every call first and its end last; headers go out with the call")
    func order() async throws {
        let log = Log()
        try await ScriptedFrontend.connected(Self.answers) { frontend, connection in
            let client = TemporalClient(
                connection, interceptors: [Tracer(name: "first", log: log), Tracer(name: "second", log: log)])
            let options = StartWorkflowOptions(id: "w", taskQueue: "q")
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options)
            #expect(log.take() == ["first start", "second start", "second done", "first done"])
            _ = try await client.signalWithStart(
                Greeting.self, "x", signal: Greeting.changed, "a", options: options)
            try await handle.signal(Greeting.changed, "a")
            _ = try await handle.untyped.query(name: "state", input: .init())
            try await handle.cancel()
            try await handle.terminate(reason: "r")
            _ = try await handle.describe()
            #expect(
                log.take().filter { $0.hasPrefix("second") && !$0.hasSuffix("done") } == [
                    "second signal with start", "second signal", "second query", "second cancel", "second terminate",
                    "second describe",
                ])
            // Each adds its name to what is there.
            let header = Payload.make("text", Data("first second".utf8))
            #expect(try frontend.requests(.startWorkflowExecution).map { $0.header.fields["trace"] } == [header])
            #expect(
                try frontend.requests(.signalWithStartWorkflowExecution).map { $0.header.fields["trace"] } == [header])
            #expect(try frontend.requests(.signalWorkflowExecution).map { $0.header.fields["trace"] } == [header])
            #expect(try frontend.requests(.queryWorkflow).map { $0.query.header.fields["trace"] } == [header])
            #expect(try frontend.requests(.terminateWorkflowExecution).map(\.reason) == ["r first second"])
        }
    }

    @Test("An interceptor may answer itself, and change what goes out")
    func replacing() async throws {
        try await ScriptedFrontend.connected(Self.answers) { frontend, connection in
            let client = TemporalClient(connection, interceptors: [Replacing()])
            let handle = client.handle(for: Greeting.self, id: "w")
            #expect(try await handle.query(Greeting.state) == "from the cache")
            #expect(frontend.calls("QueryWorkflow").isEmpty)
            _ = try await client.startWorkflow(Greeting.self, "x", options: .init(id: "w", taskQueue: "q"))
            let request = try #require(try frontend.requests(.startWorkflowExecution).first)
            #expect(request.workflowID == "tenant-w")
            await #expect(throws: CancellationError.self) { try await handle.terminate(reason: "no") }
            #expect(frontend.calls("TerminateWorkflowExecution").isEmpty)
        }
    }

    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    private struct Tracer: ClientInterceptor {
        let name: String
        let log: Log

        private func add(to headers: inout [String: Payload]) {
            let before = headers["trace"].map { String(decoding: $0.data, as: UTF8.self) + " " } ?? ""
            headers["trace"] = .make("text", Data((before + name).utf8))
        }

        private func log<Answer>(_ call: String, _ body: () async throws -> Answer) async throws -> Answer {
            log.add("\(name) \(call)")
            defer { log.add("\(name) done") }
            return try await body()
        }

        func startWorkflow(
            _ call: StartWorkflowCall, next: (StartWorkflowCall) async throws -> UntypedWorkflowHandle
        ) async throws -> UntypedWorkflowHandle {
            var call = call
            add(to: &call.headers)
            return try await log("start") { try await next(call) }
        }

        func signalWithStart(
            _ call: SignalWithStartCall, next: (SignalWithStartCall) async throws -> UntypedWorkflowHandle
        ) async throws -> UntypedWorkflowHandle {
            var call = call
            add(to: &call.start.headers)
            return try await log("signal with start") { try await next(call) }
        }

        func signalWorkflow(
            _ call: SignalWorkflowCall, next: (SignalWorkflowCall) async throws -> Void
        ) async throws {
            var call = call
            add(to: &call.headers)
            try await log("signal") { try await next(call) }
        }

        func queryWorkflow(
            _ call: QueryWorkflowCall, next: (QueryWorkflowCall) async throws -> Payloads
        ) async throws -> Payloads {
            var call = call
            add(to: &call.headers)
            return try await log("query") { try await next(call) }
        }

        func cancelWorkflow(
            _ call: CancelWorkflowCall, next: (CancelWorkflowCall) async throws -> Void
        ) async throws {
            try await log("cancel") { try await next(call) }
        }

        func terminateWorkflow(
            _ call: TerminateWorkflowCall, next: (TerminateWorkflowCall) async throws -> Void
        ) async throws {
            var call = call
            call.reason += " \(name)"
            try await log("terminate") { try await next(call) }
        }

        func describeWorkflow(
            _ call: DescribeWorkflowCall, next: (DescribeWorkflowCall) async throws -> WorkflowDescription
        ) async throws -> WorkflowDescription {
            try await log("describe") { try await next(call) }
        }
    }

    private struct Replacing: ClientInterceptor {
        func startWorkflow(
            _ call: StartWorkflowCall, next: (StartWorkflowCall) async throws -> UntypedWorkflowHandle
        ) async throws -> UntypedWorkflowHandle {
            var call = call
            call.options.id = "tenant-\(call.options.id)"
            return try await next(call)
        }

        func queryWorkflow(
            _ call: QueryWorkflowCall, next: (QueryWorkflowCall) async throws -> Payloads
        ) async throws -> Payloads {
            try DataConverter.standard.payloads(encoding: "from the cache")
        }

        func terminateWorkflow(
            _ call: TerminateWorkflowCall, next: (TerminateWorkflowCall) async throws -> Void
        ) async throws { throw CancellationError() }
    }
}
