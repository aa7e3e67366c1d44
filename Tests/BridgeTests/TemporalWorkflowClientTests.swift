import PaymentEvents
import Temporal
import TemporalAPI
import TemporalTestSupport
import Testing

@testable import Bridge

@Suite("Against a Temporal server", .timeLimit(.minutes(5))) struct TemporalWorkflowClientTests {
    private func withClient(_ body: (TemporalWorkflowClient, TemporalClient) async throws -> Void) async throws {
        let server = try await TemporalDevServer.shared()
        let target = ChannelTarget(host: server.host, port: server.port)
        let connection = try await TemporalConnection.connect(.init(target: target, namespace: server.namespace))
        let client = TemporalClient(connection)
        do {
            try await body(TemporalWorkflowClient(client: client), client)
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    private func start(_ id: String, requestID: String = "r-1", digest: String = "d-1") throws -> StartCommand {
        StartCommand(
            workflowType: "PaymentWorkflow", workflowID: id, taskQueue: "nobody-works-here",
            requestID: "\(id)/\(requestID)", input: try DataConverter.standard.payloads(encoding: "input"),
            digest: digest)
    }

    private func signal(_ id: String, _ value: String, requestID: String = "s-1") throws -> SignalCommand {
        SignalCommand(
            name: "cancel", workflowID: id, requestID: "\(id)/\(requestID)",
            input: try DataConverter.standard.payloads(encoding: value), whenLate: .deadLetter(.lateCancellation))
    }

    @Test("A start is repeated with success under its own request id only, while the workflow runs and afterwards")
    func starts() async throws {
        try await withClient { workflows, client in
            #expect(try await workflows.find("starts") == nil)
            #expect(try await workflows.start(start("starts")))
            #expect(try await workflows.start(start("starts")))
            #expect(try await !workflows.start(start("starts", requestID: "r-2", digest: "d-2")))
            let known = try #require(try await workflows.find("starts"))
            #expect(known.isOpen)
            #expect(known.digest == "d-1")
            try await client.handle(id: "starts").terminate(reason: "test")
            #expect(try await !workflows.start(start("starts", requestID: "r-2")))
            _ = try await workflows.start(start("starts"))
            let closed = try #require(try await workflows.find("starts"))
            #expect(closed == KnownWorkflow(runID: known.runID, isOpen: false, digest: "d-1"))
        }
    }

    @Test("A signal reaches an open workflow once; a closed one is told from one that never was")
    func signals() async throws {
        try await withClient { workflows, client in
            #expect(try await !workflows.signal(signal("signals", "a")))
            #expect(try await workflows.start(start("signals")))
            #expect(try await workflows.signal(signal("signals", "a")))
            #expect(try await workflows.signal(signal("signals", "a")))
            let known = try #require(try await workflows.find("signals"))
            #expect(try await workflows.hasReceived(signal("signals", "a", requestID: "s-2"), runID: known.runID))
            #expect(try await !workflows.hasReceived(signal("signals", "b"), runID: known.runID))
            try await client.handle(id: "signals").terminate(reason: "test")
            #expect(try await !workflows.signal(signal("signals", "b", requestID: "s-3")))
            #expect(try await workflows.find("signals")?.isOpen == false)
            let history = try await client.handle(id: "signals").fetchHistory()
            #expect(history.count { $0.eventType == .workflowExecutionSignaled } == 1)
        }
    }

    @Test("A workflow that the bridge did not start has no digest") func foreign() async throws {
        try await withClient { workflows, client in
            let options = StartWorkflowOptions(id: "foreign", taskQueue: "nobody-works-here")
            _ = try await client.startWorkflow(
                typeName: "PaymentWorkflow", input: DataConverter.standard.payloads(encoding: "input"), options: options
            )
            #expect(try await workflows.find("foreign")?.digest == nil)
        }
    }
}
