import Foundation
import GRPCTestSupport
import SwiftProtobuf
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("What is tried again", .timeLimit(.minutes(5)))
struct RetryTableTests {
    /// A call that changes something, and how to read the request id it went out with.
    struct Operation: Sendable {
        let method: String
        let call: @Sendable (TemporalClient) async throws -> Void
        let requestID: @Sendable (ScriptedRequest) throws -> String
    }

    private static let transient: Set<GRPCStatusCode> = [
        .dataLoss, .internal, .unknown, .resourceExhausted, .aborted, .outOfRange, .unavailable,
    ]

    private static func operation<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ id: @escaping @Sendable (Request) -> String,
        _ call: @escaping @Sendable (TemporalClient) async throws -> Void
    ) -> Operation {
        Operation(method: method.name, call: call) { id(try Request(serializedBytes: $0.message)) }
    }

    static let operations: [Operation] = [
        operation(.startWorkflowExecution, \.requestID) {
            _ = try await $0.startWorkflow(Greeting.self, "x", options: .init(id: "w", taskQueue: "q"))
        },
        operation(.signalWithStartWorkflowExecution, \.requestID) {
            _ = try await $0.signalWithStart(
                Greeting.self, "x", signal: Greeting.changed, "a", options: .init(id: "w", taskQueue: "q"))
        },
        operation(.signalWorkflowExecution, \.requestID) {
            try await $0.handle(for: Greeting.self, id: "w").signal(Greeting.changed, "a")
        },
        operation(.requestCancelWorkflowExecution, \.requestID) { try await $0.handle(id: "w").cancel() },
        operation(.resetWorkflowExecution, \.requestID) {
            _ = try await $0.handle(id: "w").reset(toEventID: 4, reason: "r")
        },
        operation(.createSchedule, \.requestID) {
            let action = ScheduleAction(workflowType: "T", workflowID: "w", taskQueue: "q")
            _ = try await $0.createSchedule(id: "s", Schedule(action: action, spec: .init()))
        },
        operation(.patchSchedule, \.requestID) { try await $0.scheduleHandle(id: "s").trigger() },
    ]

    @Test(
        "Scenario 125: each code is retried or thrown as the table says, with one request id for all attempts",
        arguments: GRPCStatusCode.allCases.filter { $0 != .ok })
    func table(code: GRPCStatusCode) async throws {
        let failingTwice: ScriptedFrontend.Answer = { _, number in number < 3 ? .failure(code, "no") : .reply([]) }
        let answers = Dictionary(uniqueKeysWithValues: Self.operations.map { ($0.method, failingTwice) })
        let isRetried = Self.transient.contains(code)
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            for operation in Self.operations {
                do {
                    try await operation.call(TemporalClient(connection))
                    #expect(isRetried, "\(operation.method)")
                } catch {
                    #expect(!isRetried, "\(operation.method): \(error)")
                }
                let ids = try frontend.calls(operation.method).map(operation.requestID)
                #expect(ids.count == (isRetried ? 3 : 1), "\(operation.method)")
                #expect(Set(ids).count == 1, "\(operation.method)")
                #expect(UUID(uuidString: ids.first ?? "") != nil, "\(operation.method)")
            }
        }
    }

    @Test(
        "Scenario 126: calls carry the client's name, version and namespace; the API key gives way to the caller's header",
        arguments: [nil, "Basic abc"] as [String?])
    func metadata(header: String?) async throws {
        try await ScriptedFrontend.with(["DescribeNamespace": { _, _ in .reply([]) }]) { frontend in
            var configuration = TemporalConnection.Configuration(
                target: frontend.target, namespace: "payments", apiKey: "secret", clientVersion: "1.2.3")
            if let header { configuration.headers = ["authorization": .ascii(header)] }
            let connection = try await TemporalConnection.connect(configuration)
            _ = try await connection.call(.describeNamespace, .init(), .normal)
            await connection.close()
            for call in (frontend.calls("GetSystemInfo") + frontend.calls("DescribeNamespace")).map(\.metadata) {
                #expect(call["client-name"] == .ascii("temporal-swift-payment-saga"))
                #expect(call["client-version"] == .ascii("1.2.3"))
                #expect(call["temporal-namespace"] == .ascii("payments"))
                let authorization = call.entries.filter { $0.key == "authorization" }.map(\.value)
                #expect(authorization == [.ascii(header ?? "Bearer secret")])
            }
        }
    }

    @Test("Scenario 126: a changed API key goes out with the next attempt")
    func rotation() async throws {
        let answers: [String: ScriptedFrontend.Answer] = [
            "DescribeNamespace": { _, number in number == 1 ? .failure(.unavailable, "again") : .reply([]) }
        ]
        var limits = TemporalConnection.CallLimits.quick
        // Time enough to change the key between the attempts, on a busy machine too.
        limits.callRetries.backoff = .init(initialDelay: .seconds(4), multiplier: 1, maximumDelay: .seconds(4))
        try await ScriptedFrontend.connected(answers, limits: limits) { frontend, connection in
            connection.setAPIKey("first")
            let call = Task { try await connection.call(.describeNamespace, .init(), .normal) }
            try await eventually { frontend.calls("DescribeNamespace").count == 1 }
            connection.setAPIKey("second")
            _ = try await call.value
            let keys = frontend.calls("DescribeNamespace").map { $0.metadata["authorization"] }
            #expect(keys == [.ascii("Bearer first"), .ascii("Bearer second")])
        }
    }

    @Test("A retry policy that cannot be is refused before anything is sent")
    func invalidRetryPolicy() async throws {
        let invalid = [
            RetryPolicy(initialInterval: .seconds(-1)), RetryPolicy(backoffCoefficient: 0.5),
            RetryPolicy(initialInterval: .seconds(2), maximumInterval: .seconds(1)), RetryPolicy(maximumAttempts: -1),
        ]
        try await ScriptedFrontend.connected([:]) { frontend, connection in
            for policy in invalid {
                await #expect(throws: InvalidOptionError.self) {
                    try await TemporalClient(connection).startWorkflow(
                        Greeting.self, "x", options: .init(id: "w", taskQueue: "q", retryPolicy: policy))
                }
            }
            #expect(frontend.calls("StartWorkflowExecution").isEmpty)
        }
    }

    @Test("Scenario 128: the wait for a result outlasts empty polls, ends of polls and lost connections")
    func resultLoop() async throws {
        typealias Page = Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryResponse
        let answers: [String: ScriptedFrontend.Answer] = [
            "GetWorkflowExecutionHistory": { _, number in
                switch number {
                case 1: .reply(Page.with { $0.nextPageToken = Data("t1".utf8) })
                case 2: .failure(.deadlineExceeded, "end of poll")
                case 3: .failure(.cancelled, "end of poll")
                case 4: .failure(.unavailable, "connection lost")
                case 5: .reply(Page.with { $0.nextPageToken = Data("t2".utf8) })
                default:
                    .reply(
                        Page.with {
                            $0.history.events = [
                                .with {
                                    $0.workflowExecutionCompletedEventAttributes.result =
                                        (try? DataConverter.standard.payloads(encoding: "hello")) ?? .init()
                                }
                            ]
                        })
                }
            }
        ]
        try await ScriptedFrontend.connected(answers) { frontend, connection in
            let handle = TemporalClient(connection).handle(for: Greeting.self, id: "w", runID: "r")
            #expect(try await handle.result() == "hello")
            let tokens = try frontend.requests(.getWorkflowExecutionHistory).map {
                String(decoding: $0.nextPageToken, as: UTF8.self)
            }
            #expect(tokens == ["", "t1", "t1", "t1", "t1", "t2"])
        }
    }

    @Test("Scenario 129: no task is lost when the server ends connections in the middle of polls")
    func goaway() async throws {
        let handed = CallCounter()
        // A connection is told to go after a tenth of a second; the polls on it may end in peace.
        let server = try ScriptedGRPCServer(
            connectionAge: .init(limit: .milliseconds(100), grace: .seconds(20))
        ) { request in
            guard request.method.hasSuffix("PollWorkflowTaskQueue") else { return .reply([]) }
            let number = await handed.next(from: request.peer)
            // A poll that lasts longer than its connection is wanted.
            try? await Task.sleep(for: .milliseconds(150))
            return .reply(PollWorkflowTask.with { $0.taskToken = Data("\(number)".utf8) })
        }
        var configuration = TemporalConnection.Configuration(target: server.target)
        configuration.limits = .quick
        let connection = try await TemporalConnection.connect(configuration)
        let tokens = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<5 {
                group.addTask {
                    var tokens: [String] = []
                    for _ in 0..<6 {
                        let task = try await connection.call(.pollWorkflowTaskQueue, .init(), .workerPoll())
                        tokens.append(String(decoding: task.taskToken, as: UTF8.self))
                    }
                    return tokens
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        await connection.close()
        await server.stop()
        #expect(Set(tokens) == Set((1...30).map(String.init)))
        #expect(tokens.count == 30)
        #expect(await handed.peers.count > 1)
    }
}

/// Counts calls, and the connections they came on.
private actor CallCounter {
    private var count = 0
    private(set) var peers: Set<String> = []

    func next(from peer: String) -> Int {
        count += 1
        peers.insert(peer)
        return count
    }
}
