import Crypto
import Foundation
import SwiftProtobuf
import Synchronization
import Temporal
import TemporalAPI
import TemporalEncryption
import Testing
import WaitingTestSupport

@Suite("A worker that encrypts, on the real server", .timeLimit(.minutes(5)))
struct LiveEncryptionTests {
    private let encrypting = DataConverter(
        failureConverter: FailureConverter(encodesAttributes: true),
        codecs: [EncryptionCodec(keyID: "key-1") { $0 == "key-1" ? EncryptionCodecTests.newKey : nil }])

    private func activities() -> Activities {
        var activities = Activities()
        activities.register(SecretWorkflow.work) { input, context in
            if context.attempt == 1 {
                try await context.heartbeat("secret progress")
                throw ApplicationFailure(
                    "secret reason", type: "Again",
                    details: [try DataConverter.standard.payload(encoding: "secret detail")])
            }
            let progress = try context.lastHeartbeatDetails.first.map {
                try DataConverter.standard.decode(String.self, from: $0)
            }
            return "\(input) done after \(progress ?? "nothing")"
        }
        return activities
    }

    @Test("All goes its way, and the server has nothing but ciphertext")
    func ciphertextOnly() async throws {
        let client = try await makeClient(encrypting)
        let queue = "queue-\(UUID())"
        let options = StartWorkflowOptions(
            id: queue, taskQueue: queue, memo: ["note": try DataConverter.standard.payload(encoding: "secret memo")],
            staticSummary: "secret summary")
        try await serving(
            client, queue: queue, workflows: [SecretWorkflow.self, SecretChild.self], activities: activities()
        ) {
            let handle = try await client.startWorkflow(SecretWorkflow.self, "secret input", options: options)
            try await eventually { try await handle.query(SecretWorkflow.state, "secret question") == "secret waiting" }
            #expect(try await handle.describe().memo == options.memo)
            try await handle.signal(SecretWorkflow.go, "secret word")
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            let cause = try #require(error?.cause as? ApplicationFailure)
            #expect(cause.message == "secret end")
            #expect(
                try cause.details.map { try DataConverter.standard.decode(String.self, from: $0) } == [
                    "secret input done after secret progress", "secret child", "secret word",
                ])
            let unknown = await #expect(throws: WorkflowQueryError.self) {
                try await handle.untyped.query(name: "none", input: .init())
            }
            #expect(unknown?.description.contains("none") == true)
        }
        // Without the key.
        let stranger = try await makeClient()
        let history = try await stranger.handle(id: queue).fetchHistory()
        let stored: Data = try Temporal_Api_History_V1_History.with { $0.events = history }.serializedBytes()
        #expect(!stored.contains(Data("secret".utf8)))
        let seen = SeenEncodings()
        for event in history { _ = try await PayloadCodecs([seen]).decode(event, "an event") }
        #expect(seen.encodings.withLock { $0.count } >= 10)
        #expect(seen.encodings.withLock { Set($0) } == ["binary/encrypted"])
    }

    @Test("What cannot be decrypted fails the task, and goes on once it can be")
    func lostKey() async throws {
        let keys = Mutex<[String: SymmetricKey]>([:])
        let forgetful = DataConverter(codecs: [EncryptionCodec(keyID: "key-1") { id in keys.withLock { $0[id] } }])
        let client = try await makeClient(encrypting)
        let queue = "queue-\(UUID())"
        let worker = try await makeClient(forgetful)
        try await serving(worker, queue: queue, workflows: [SecretChild.self]) {
            let handle = try await client.startWorkflow(
                SecretChild.self, "x",
                options: StartWorkflowOptions(id: queue, taskQueue: queue, taskTimeout: .seconds(3)))
            try await eventually {
                try await handle.fetchHistory().contains { event in
                    event.workflowTaskFailedEventAttributes.failure.message.contains("there is no key \"key-1\"")
                }
            }
            let error = await #expect(throws: WorkflowQueryError.self) {
                try await handle.query(SecretChild.state, timeout: .seconds(5))
            }
            #expect(error != nil)
            keys.withLock { $0["key-1"] = EncryptionCodecTests.newKey }
            #expect(try await handle.result() == "secret child")
        }
    }

    @Test("An activity whose input cannot be decrypted, or whose result cannot be encrypted, fails with that")
    func activityFailures() async throws {
        let queue = "queue-\(UUID())"
        let client = try await makeClient()
        let refusing = try await makeClient(DataConverter(codecs: [RefusingCodec()]))
        var activities = Activities()
        activities.register(RefusedWorkflow.work) { input, _ in input }
        try await serving(client, queue: queue, workflows: [RefusedWorkflow.self]) { [activities] in
            try await serving(refusing, queue: "\(queue)-activities", workflows: [], activities: activities) {
                for direction in ["encoding", "decoding"] {
                    let handle = try await client.startWorkflow(
                        RefusedWorkflow.self, "refuses \(direction)",
                        options: StartWorkflowOptions(id: "\(queue)-\(direction)", taskQueue: queue))
                    let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
                    let cause = (error?.cause as? ActivityFailure)?.cause as? ApplicationFailure
                    #expect(cause?.type == "PayloadCodecError")
                    #expect(cause?.message.hasPrefix(direction) == true)
                }
            }
        }
    }
}

/// Does a bit of everything that carries payloads.
final class SecretWorkflow: Workflow, @unchecked Sendable {
    static let go = SignalType<String>("go")
    static let state = QueryType<String, String>("state")
    static let work = ActivityType<String, String>("work")

    static var handlers: WorkflowHandlers<SecretWorkflow> {
        WorkflowHandlers()
            .signal(go) { workflow, word, _ in workflow.word = word }
            .query(state) { workflow, question in
                question == "secret question" && workflow.isWaiting ? "secret waiting" : "secret other"
            }
    }

    private let input: String
    private var isWaiting = false
    private var word: String?

    init(_ input: String) { self.input = input }

    func run(_ context: WorkflowContext) async throws -> String {
        _ = context.patched("a-patch")
        let result = try await context.execute(
            Self.work, input,
            options: ActivityOptions(
                startToClose: .seconds(10), retryPolicy: RetryPolicy(initialInterval: .milliseconds(10))))
        let child = try await context.execute(child: SecretChild.self, "secret child input")
        isWaiting = true
        try await context.wait(until: { self.word != nil })
        throw ApplicationFailure(
            "secret end", type: "End",
            details: try [result, child, word ?? ""].map { try DataConverter.standard.payload(encoding: $0) })
    }
}

final class SecretChild: Workflow {
    static let state = QueryType<NoValue, String>("state")

    static var handlers: WorkflowHandlers<SecretChild> { WorkflowHandlers().query(state) { _, _ in "there" } }

    init(_ input: String) {}
    func run(_ context: WorkflowContext) async throws -> String { "secret child" }
}

/// Calls an activity whose worker's codec refuses its input or its result.
final class RefusedWorkflow: Workflow {
    static let work = ActivityType<String, String>("work")
    private let input: String

    init(_ input: String) { self.input = input }

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Self.work, input,
            options: ActivityOptions(
                taskQueue: "\(context.info.taskQueue)-activities", startToClose: .seconds(10), retryPolicy: .never))
    }
}

private struct RefusingCodec: PayloadCodec {
    struct Refused: Error {}

    func encode(_ payloads: [Payload]) throws -> [Payload] { try check(payloads, "refuses encoding") }
    func decode(_ payloads: [Payload]) throws -> [Payload] { try check(payloads, "refuses decoding") }

    private func check(_ payloads: [Payload], _ refused: String) throws -> [Payload] {
        guard !payloads.contains(where: { $0.data.contains(Data(refused.utf8)) }) else { throw Refused() }
        return payloads
    }
}

/// Notes the encodings of all payloads it is shown.
private final class SeenEncodings: PayloadCodec {
    let encodings = Mutex<[String]>([])

    func encode(_ payloads: [Payload]) -> [Payload] { payloads }

    func decode(_ payloads: [Payload]) -> [Payload] {
        encodings.withLock { encodings in
            encodings += payloads.map { String(decoding: $0.metadata["encoding"] ?? Data(), as: UTF8.self) }
        }
        return payloads
    }
}
