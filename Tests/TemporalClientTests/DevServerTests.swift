import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTestSupport
import Testing

@testable import Temporal

@Suite("A client of the real server", .timeLimit(.minutes(5)))
struct DevServerTests {
    private func connected(
        namespace: String = "default", to server: TemporalDevServer? = nil,
        _ body: (TemporalClient) async throws -> Void
    ) async throws {
        let server = if let server { server } else { try await TemporalDevServer.shared() }
        let target = ChannelTarget(host: server.host, port: server.port)
        let connection = try await TemporalConnection.connect(.init(target: target, namespace: namespace))
        do {
            try await body(TemporalClient(connection))
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    /// A workflow id and task queue of the test's own, which no worker polls.
    private func options(requestID: String? = nil) -> StartWorkflowOptions {
        let id = UUID().uuidString
        return StartWorkflowOptions(id: "workflow-\(id)", taskQueue: "queue-\(id)", requestID: requestID)
    }

    @Test("a started workflow is described as it was started")
    func describe() async throws {
        try await connected { client in
            var options = options()
            options.memo = ["user": try DataConverter.standard.payload(encoding: "user-7")]
            options.runTimeout = .seconds(60)
            let handle = try await client.startWorkflow(Greeting.self, "hello", options: options)
            let description = try await handle.describe()
            #expect(description.workflowID == options.id)
            #expect(description.runID == handle.startedRunID)
            #expect(description.workflowType == "Greeting")
            #expect(description.taskQueue == options.taskQueue)
            #expect(description.status == .running)
            #expect(description.closeTime == nil)
            #expect(abs(description.startTime.timeIntervalSinceNow) < 60)
            #expect(description.historyLength == 2)
            #expect(description.memo == options.memo)
            let started = try #require(try await handle.fetchHistory().first)
            let attributes = started.workflowExecutionStartedEventAttributes
            #expect(try DataConverter.standard.decode(String.self, from: attributes.input) == "hello")
            #expect(attributes.identity == client.identity)
            #expect(attributes.workflowRunTimeout.seconds == 60)
        }
    }

    @Test("a start repeated with its request id answers with the same run")
    func repeatedStart() async throws {
        try await connected { client in
            let options = options(requestID: "topic-0-17")
            let first = try await client.startWorkflow(Greeting.self, "x", options: options)
            let second = try await client.startWorkflow(Greeting.self, "x", options: options)
            #expect(first.startedRunID != nil)
            #expect(first.startedRunID == second.startedRunID)
        }
    }

    @Test("another start of a running id fails and names the run and the request that started it")
    func alreadyStarted() async throws {
        try await connected { client in
            var options = options(requestID: "topic-0-17")
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options)
            options.requestID = "topic-0-18"
            let error = await #expect(throws: WorkflowAlreadyStartedError.self) {
                try await client.startWorkflow(Greeting.self, "x", options: options)
            }
            #expect(error?.runID == handle.startedRunID)
            #expect(error?.startRequestID == "topic-0-17")
        }
    }

    @Test("a start that takes what is there answers with the running run")
    func useExisting() async throws {
        try await connected { client in
            var options = options(requestID: "a")
            let first = try await client.startWorkflow(Greeting.self, "x", options: options)
            options.requestID = "b"
            options.idConflictPolicy = .useExisting
            let second = try await client.startWorkflow(Greeting.self, "x", options: options)
            #expect(first.startedRunID == second.startedRunID)
        }
    }

    @Test("a closed id is not used again when duplicates are rejected")
    func rejectDuplicate() async throws {
        try await connected { client in
            var options = options()
            try await client.startWorkflow(Greeting.self, "x", options: options).terminate(reason: "over")
            options.requestID = "another"
            options.idReusePolicy = .rejectDuplicate
            await #expect(throws: WorkflowAlreadyStartedError.self) {
                try await client.startWorkflow(Greeting.self, "x", options: options)
            }
        }
    }

    @Test("signals with one request id are stored once")
    func signals() async throws {
        try await connected { client in
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options())
            try await handle.signal(Greeting.changed, "a", requestID: "1")
            try await handle.signal(Greeting.changed, "a", requestID: "1")
            try await handle.signal(Greeting.changed, "b", requestID: "2")
            let signals = try await handle.fetchHistory().filter { $0.eventType == .workflowExecutionSignaled }
            let values = try signals.map {
                try DataConverter.standard.decode(
                    String.self, from: $0.workflowExecutionSignaledEventAttributes.input)
            }
            #expect(values == ["a", "b"])
        }
    }

    @Test("a signal with start begins the workflow, and the next one goes to the same run")
    func signalWithStart() async throws {
        try await connected { client in
            var options = options()
            let first = try await client.signalWithStart(
                Greeting.self, "x", signal: Greeting.changed, "a", options: options)
            options.requestID = "another"
            let second = try await client.signalWithStart(
                Greeting.self, "x", signal: Greeting.changed, "b", options: options)
            #expect(first.startedRunID == second.startedRunID)
            let signals = try await first.fetchHistory().filter { $0.eventType == .workflowExecutionSignaled }
            #expect(signals.count == 2)
        }
    }

    @Test("a workflow that was never started is not found")
    func neverStarted() async throws {
        try await connected { client in
            let handle = client.handle(for: Greeting.self, id: "missing-\(UUID())")
            await #expect(throws: WorkflowNotFoundError.self) { try await handle.signal(Greeting.changed, "a") }
            await #expect(throws: WorkflowNotFoundError.self) { try await handle.query(Greeting.state) }
            await #expect(throws: WorkflowNotFoundError.self) { try await handle.describe() }
            await #expect(throws: WorkflowNotFoundError.self) { try await handle.result() }
            await #expect(throws: WorkflowNotFoundError.self) { try await handle.cancel() }
            await #expect(throws: WorkflowNotFoundError.self) { try await handle.terminate(reason: "x") }
        }
    }

    @Test("a query without a worker is not answered, within the time given")
    func queryWithoutWorker() async throws {
        try await connected { client in
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options())
            let start = ContinuousClock.now
            let error = await #expect(throws: WorkflowQueryError.self) {
                try await handle.query(Greeting.state, timeout: .seconds(2))
            }
            // A call that was given no time has thirty seconds.
            #expect(start.duration(to: .now) < .seconds(20))
            guard case .unanswered = error?.reason else {
                Issue.record("not unanswered: \(String(describing: error))")
                return
            }
        }
    }

    @Test("the result of a terminated workflow is the reason, and it takes no more signals")
    func terminated() async throws {
        try await connected { client in
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options())
            let result = Task { try await handle.result() }
            try await handle.terminate(reason: "fraud")
            let error = await #expect(throws: WorkflowFailedError.self) { try await result.value }
            #expect(error?.cause is TerminatedFailure)
            #expect(error?.description.contains("fraud") == true)
            #expect(error?.runID == handle.startedRunID)
            let description = try await handle.describe()
            #expect(description.status == .terminated)
            #expect(description.closeTime != nil)
            await #expect(throws: WorkflowNotFoundError.self) { try await handle.signal(Greeting.changed, "a") }
        }
    }

    @Test("a cancellation is requested once, however often it is asked for")
    func cancel() async throws {
        try await connected { client in
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options())
            try await handle.cancel(requestID: "1")
            try await handle.cancel(requestID: "1")
            try await handle.cancel(requestID: "2")
            let requests = try await handle.fetchHistory().filter {
                $0.eventType == .workflowExecutionCancelRequested
            }
            #expect(requests.count == 1)
        }
    }

    @Test("a workflow that runs out of time fails with that")
    func timedOut() async throws {
        try await connected { client in
            var options = options()
            options.runTimeout = .seconds(1)
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options)
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(error?.cause is TimeoutFailure)
        }
    }

    @Test("a namespace that is not there is named")
    func namespaceNotFound() async throws {
        try await connected(namespace: "nowhere") { client in
            let error = await #expect(throws: TemporalRPCError.self) {
                try await client.startWorkflow(Greeting.self, "x", options: options())
            }
            #expect(error?.description.contains("the namespace \"nowhere\" does not exist") == true)
        }
    }

    @Test("a connection outlives the server's crash, and finds its workflows again")
    func crash() async throws {
        let server = try await TemporalDevServer.start(isPersistent: true)
        do {
            try await connected(to: server) { client in
                let handle = try await client.startWorkflow(Greeting.self, "x", options: options())
                await server.kill()
                try await server.restart()
                let description = try await handle.describe()
                #expect(description.runID == handle.startedRunID)
                #expect(description.status == .running)
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}
