import Crypto
import Foundation
import SwiftProtobuf
import Synchronization
public import Temporal
public import TemporalAPI
import TemporalEncryption
import TemporalTesting
import Testing

// Temporal_Api_Common_V1_WorkflowType stands for any type that protoc-gen-swift made for you.
extension Temporal_Api_Common_V1_WorkflowType: ProtobufValue {}

@Suite("Documentation: values", .timeLimit(.minutes(5)))
struct ValueSamples {
    final class Parcel: Workflow {
        static let state = SearchAttributeKey<String>.keyword("CustomKeywordField")

        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> String {
            context.upsert(try Self.state.set("on its way"))
            try context.upsertMemo("driver", "Ann")
            return "\(context.info.searchAttributes[Self.state] ?? ""), \(try context.memo("driver") ?? "nobody")"
        }
    }

    @Test("Search attributes and memo")
    func attributes() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "post", workflows: [Parcel.self]) { client in
            let parcel = try await client.startWorkflow(
                Parcel.self,
                options: StartWorkflowOptions(
                    id: "parcel", taskQueue: "post",
                    memo: ["customer": try client.converter.payload(encoding: "c-1")],
                    searchAttributes: SearchAttributes(try Parcel.state.set("packed"))))
            #expect(try await parcel.result() == "on its way, Ann")
        }
    }
    struct Money: Codable, Sendable, Hashable {
        var currency: String
        var cents: Int
    }

    /// Money as `EUR 995`, under an encoding of its own.
    struct MoneyConverter: PayloadConverter {
        let encoding = "text/money"

        func payload(encoding value: any Encodable) throws -> Payload? {
            guard let money = value as? Money else { return nil }
            return .with {
                $0.metadata["encoding"] = Data(encoding.utf8)
                $0.data = Data("\(money.currency) \(money.cents)".utf8)
            }
        }

        func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
            let parts = String(decoding: payload.data, as: UTF8.self).split(separator: " ")
            guard parts.count == 2, let cents = Int(parts[1]),
                let value = Money(currency: String(parts[0]), cents: cents) as? Value
            else { throw DataConversionError(type: "\(type)", reason: "not an amount of money") }
            return value
        }
    }

    static let converter = DataConverter(
        payloadConverters: [MoneyConverter()] + DataConverter.standardPayloadConverters)

    final class Doubling: Workflow {
        private let money: Money

        init(_ money: Money) { self.money = money }

        func run(_ context: WorkflowContext) async throws -> Money {
            Money(currency: money.currency, cents: 2 * money.cents)
        }
    }

    @Test("A converter of one's own")
    func conversion() async throws {
        let environment = TestEnvironment(converter: Self.converter)
        try await environment.withWorker(taskQueue: "q", workflows: [Doubling.self]) { client in
            let run = try await client.startWorkflow(
                Doubling.self, Money(currency: "EUR", cents: 5), options: .init(id: "d", taskQueue: "q"))
            #expect(try await run.result() == Money(currency: "EUR", cents: 10))
            let input = try await run.fetchHistory()[0].workflowExecutionStartedEventAttributes.input
            #expect(input.payloads[0].data == Data("EUR 5".utf8))
        }
    }
    static let transfer = ActivityType<Arguments<String, Int>, Bool>("transfer")

    final class Transfer: Workflow {
        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> Bool {
            let options = ActivityOptions(startToClose: .seconds(10))
            let isDone = try await context.execute(
                ValueSamples.transfer, Arguments("acc-1", 100), options: options)
            return isDone
        }
    }

    @Test("Several arguments")
    func arguments() async throws {
        let environment = TestEnvironment()
        var activities = Activities()
        activities.register(Self.transfer) { arguments, _ in arguments.values == ("acc-1", 100) }
        try await environment.withWorker(
            taskQueue: "q", workflows: [Transfer.self], activities: activities
        ) { client in
            let run = try await client.startWorkflow(Transfer.self, options: .init(id: "t", taskQueue: "q"))
            #expect(try await run.result())
        }
    }
    final class Renaming: Workflow {
        private let type: Temporal_Api_Common_V1_WorkflowType

        init(_ type: Temporal_Api_Common_V1_WorkflowType) { self.type = type }

        func run(_ context: WorkflowContext) async throws -> Temporal_Api_Common_V1_WorkflowType {
            .with { $0.name = "new \(type.name)" }
        }
    }

    @Test("Protobuf messages")
    func protobuf() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "q", workflows: [Renaming.self]) { client in
            let run = try await client.startWorkflow(
                Renaming.self, .with { $0.name = "name" }, options: .init(id: "r", taskQueue: "q"))
            #expect(try await run.result().name == "new name")
            let input = try await run.fetchHistory()[0].workflowExecutionStartedEventAttributes.input
            #expect(input.payloads[0].metadata["encoding"] == Data("json/protobuf".utf8))
        }
    }
    static func encrypting(_ keys: [String: SymmetricKey], current: String) -> DataConverter {
        DataConverter(codecs: [EncryptionCodec(keyID: current) { keys[$0] }])
    }

    @Test("Encryption")
    func encryption() async throws {
        let keys = ["2026-11": SymmetricKey(size: .bits256)]
        let environment = TestEnvironment(converter: Self.encrypting(keys, current: "2026-11"))
        try await environment.withWorker(taskQueue: "q", workflows: [CompositionSamples.Line.self]) { client in
            let run = try await client.startWorkflow(
                CompositionSamples.Line.self, "secret tea", options: .init(id: "l", taskQueue: "q"))
            #expect(try await run.result() == 10)
        }
        let stored = try #require(environment.histories.first).json()
        #expect(stored.range(of: Data("secret".utf8)) == nil)
    }
    /// Keeps payloads of more than `limit` bytes elsewhere, and sends only their names.
    struct LargePayloads: PayloadCodec {
        let limit: Int
        let store: BlobStore

        func encode(_ payloads: [Payload]) async throws -> [Payload] {
            var encoded: [Payload] = []
            for payload in payloads {
                guard payload.data.count > limit else {
                    encoded.append(payload)
                    continue
                }
                let name = try await store.put(try payload.serializedData())
                encoded.append(
                    .with {
                        $0.metadata["encoding"] = Data("binary/stored".utf8)
                        $0.data = Data(name.utf8)
                    })
            }
            return encoded
        }

        func decode(_ payloads: [Payload]) async throws -> [Payload] {
            var decoded: [Payload] = []
            for payload in payloads {
                guard payload.metadata["encoding"] == Data("binary/stored".utf8) else {
                    decoded.append(payload)
                    continue
                }
                let data = try await store.get(String(decoding: payload.data, as: UTF8.self))
                decoded.append(try Payload(serializedBytes: data))
            }
            return decoded
        }
    }

    final class BlobStore: Sendable {
        private let blobs = Mutex<[Data]>([])

        func put(_ data: Data) async throws -> String {
            blobs.withLock {
                $0.append(data)
                return "\($0.count - 1)"
            }
        }

        func get(_ name: String) async throws -> Data {
            guard let index = Int(name) else { throw DataConversionError(type: "blob", reason: "no name") }
            return blobs.withLock { $0[index] }
        }
    }

    @Test("A codec of one's own")
    func codec() async throws {
        let codec = LargePayloads(limit: 100, store: BlobStore())
        let environment = TestEnvironment(converter: DataConverter(codecs: [codec]))
        let text = String(repeating: "tea", count: 1000)
        try await environment.withWorker(taskQueue: "q", workflows: [CompositionSamples.Line.self]) { client in
            let run = try await client.startWorkflow(
                CompositionSamples.Line.self, text, options: .init(id: "l", taskQueue: "q"))
            #expect(try await run.result() == 3000)
        }
        #expect(try #require(environment.histories.first).protobuf().count < 3000)
    }
}
