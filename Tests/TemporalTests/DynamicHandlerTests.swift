import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Handlers that code adds, and built-in queries")
struct DynamicHandlerTests {
    private static let add = SignalType<Int>("add")
    private static let total = QueryType<Int, Int>("total")

    private func query(
        _ run: ScriptedRun, _ type: String, _ input: some Encodable & Sendable = NoValue()
    ) throws -> Result<Payload, FailureError> {
        let input = try DataConverter.standard.payloads(encoding: input)
        guard case .answerQuery(let answer, _)? = run.query(.init(id: "", type: type, input: input)).first else {
            throw ApplicationFailure("not answered", type: "Test")
        }
        return answer.result
    }

    @Test("A run that is dropped lets go of what its handlers hold")
    func handlersGoWithTheRun() throws {
        struct Held { weak var box: Box<Bool>? }
        let held = Box(Held())
        let body: BodyWorkflow.Body = { context in
            let box = Box(false)
            held.value.box = box
            context.setSignalHandler(Self.add) { _ in
                box.value = true
                try await context.sleep(for: .seconds(1))
            }
            try await context.wait(until: { box.value })
            return ""
        }
        try BodyWorkflow.$body.withValue(body) {
            let run = ScriptedRun(BodyWorkflow.self, alsoReplays: false)
            _ = run.task(try .begun())
            #expect(held.value.box != nil)
            #expect(run.tearDown() == 0)
        }
        #expect(held.value.box == nil)
    }

    @Test("Signals without a handler wait for it by name, and are handled in the order of their arrival")
    func waitingSignals() throws {
        var history = HistoryBuilder(workflowType: "BodyWorkflow")
        try history.started()
        try history.signaled("add", 1)
        try history.signaled("other", 0)
        try history.signaled("add", 2)
        history.taskScheduledAndStarted()
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        try history.signaled("add", 3)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let (values, others) = (Box<[Int]>([]), Box<[String]>([]))
            try await context.sleep(for: .seconds(1))
            context.setSignalHandler(Self.add) { values.value.append($0) }
            context.setDynamicSignalHandler { name, _ in others.value.append(name) }
            try await context.wait(until: { values.value.count == 3 && !others.value.isEmpty })
            return "\(values.value) \(others.value)"
        }
        #expect(commands[1].result == "[1, 2, 3] [\"other\"]")
    }

    @Test("A workflow type may handle all signals and queries it has no handler for")
    func catchAll() throws {
        let run = ScriptedRun(Listener.self)
        var early = HistoryBuilder(workflowType: "Listener")
        try early.started()
        try early.signaled("anything", "heard")
        try early.signaled("own", "known")
        early.taskScheduledAndStarted()
        _ = run.task(early)
        let answer = try query(run, "whatever").get()
        #expect(try DataConverter.standard.decode(String.self, from: answer) == "whatever: anything own=known")
    }

    @Test("A query handler the code adds answers with the state of now, and is gone from no replay")
    func queries() throws {
        let body: BodyWorkflow.Body = { context in
            context.setQueryHandler(Self.total) { $0 + 1 }
            context.setDynamicQueryHandler { name, _ in try DataConverter.standard.payload(encoding: name) }
            try await context.sleep(for: .seconds(1))
            return ""
        }
        try BodyWorkflow.$body.withValue(body) {
            let run = ScriptedRun(BodyWorkflow.self)
            _ = run.task(try .begun())
            #expect(try DataConverter.standard.decode(Int.self, from: query(run, "total", 41).get()) == 42)
            #expect(try DataConverter.standard.decode(String.self, from: query(run, "else").get()) == "else")
        }
    }

    @Test("A query that adds handlers, upserts or patches is refused, and changes nothing")
    func meddling() throws {
        let meddle = QueryType<Int, Int>("meddle")
        let body: BodyWorkflow.Body = { context in
            context.setQueryHandler(meddle) { kind in
                switch kind {
                case 0: context.setSignalHandler(Self.add) { _ in }
                case 1: context.upsert(try SearchAttributeKey.int("Amount").set(1))
                case 2: try context.upsertMemo("note", 1)
                default: _ = context.patched("change")
                }
                return 0
            }
            try await context.wait(until: { false })
            return ""
        }
        try BodyWorkflow.$body.withValue(body) {
            let run = ScriptedRun(BodyWorkflow.self)
            _ = run.task(try .begun())
            for kind in 0..<4 {
                #expect(throws: FailureError.self) { try query(run, "meddle", kind).get() }
            }
            var history = try HistoryBuilder.begun()
            history.taskCompleted()
            try history.signaled("add", 1)
            history.taskScheduledAndStarted()
            #expect(run.task(history).commands.isEmpty)
        }
    }

    @Test("The stack trace says what a run waits for, plainly and for tools")
    func stackTrace() throws {
        let body: BodyWorkflow.Body = { context in
            async let result = context.work()
            try await context.sleep(for: .seconds(1), summary: "cooling off")
            return try await result
        }
        try BodyWorkflow.$body.withValue(body) {
            let run = ScriptedRun(BodyWorkflow.self)
            _ = run.task(try .begun())
            let plain = try DataConverter.standard.decode(String.self, from: query(run, "__stack_trace").get())
            #expect(plain.contains("activity 1 (work)") && plain.contains("timer 1 (cooling off)"))
            let payload = try query(run, "__enhanced_stack_trace").get()
            let trace = try Temporal_Api_Sdk_V1_EnhancedStackTrace(jsonUTF8Bytes: payload.data)
            #expect(trace.stacks.count == 2 && trace.sdk.name == SDKMetadata.name)
        }
    }

    @Test("The metadata query lists the handlers and the details of now, as JSON of the protocol's message")
    func metadata() throws {
        let body: BodyWorkflow.Body = { context in
            context.setSignalHandler(Self.add) { _ in }
            context.setQueryHandler(Self.total) { $0 }
            context.currentDetails = "waiting for *settlement*"
            try await context.sleep(for: .seconds(1))
            return ""
        }
        try BodyWorkflow.$body.withValue(body) {
            let run = ScriptedRun(BodyWorkflow.self)
            _ = run.task(try .begun())
            let payload = try query(run, "__temporal_workflow_metadata").get()
            #expect(payload.metadata["encoding"] == .init("json/protobuf".utf8))
            #expect(payload.metadata["messageType"] == .init("temporal.api.sdk.v1.WorkflowMetadata".utf8))
            let metadata = try Temporal_Api_Sdk_V1_WorkflowMetadata(jsonUTF8Bytes: payload.data)
            #expect(metadata.currentDetails == "waiting for *settlement*")
            #expect(metadata.definition.type == "BodyWorkflow")
            #expect(metadata.definition.signalDefinitions.map(\.name) == ["add"])
            #expect(
                metadata.definition.queryDefinitions.map(\.name) == [
                    "__enhanced_stack_trace", "__stack_trace", "__temporal_workflow_metadata", "total",
                ])
        }
    }

    @Test("An unknown query is answered with the names of those that are known")
    func unknown() throws {
        let body: BodyWorkflow.Body = { context in
            context.setQueryHandler(Self.total) { $0 }
            try await context.sleep(for: .seconds(1))
            return ""
        }
        try BodyWorkflow.$body.withValue(body) {
            let run = ScriptedRun(BodyWorkflow.self)
            _ = run.task(try .begun())
            let error = #expect(throws: FailureError.self) { try query(run, "nonsense").get() }
            #expect(error?.failure.message.contains("total") == true)
        }
    }

    /// Listens to everything.
    final class Listener: Workflow, @unchecked Sendable {
        static var handlers: WorkflowHandlers<Listener> {
            WorkflowHandlers()
                .signal(SignalType<String>("own")) { listener, value, _ in listener.heard.append("own=\(value)") }
                .dynamicSignal { listener, name, _, _ in listener.heard.append(name) }
                .dynamicQuery { listener, name, _ in
                    try DataConverter.standard.payload(
                        encoding: "\(name): \(listener.heard.joined(separator: " "))")
                }
        }

        private var heard: [String] = []

        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> String {
            try await context.sleep(for: .seconds(1))
            return ""
        }
    }
}
