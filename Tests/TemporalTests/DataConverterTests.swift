import Foundation
import SwiftProtobuf
public import TemporalAPI
import Testing

@testable public import Temporal

private typealias Execution = Temporal_Api_Common_V1_WorkflowExecution
extension Temporal_Api_Common_V1_WorkflowExecution: ProtobufValue {}

@Suite("The data converter")
struct DataConverterTests {
    private let converter = DataConverter.standard
    private let execution = Execution.with {
        $0.workflowID = "w"
        $0.runID = "r"
    }

    @Test("A protobuf message is JSON that names its type, as in other SDKs")
    func protobufJSON() throws {
        let payload = try converter.payload(encoding: execution)
        #expect(payload.encodingName == "json/protobuf")
        #expect(payload.metadata["messageType"] == Data("temporal.api.common.v1.WorkflowExecution".utf8))
        #expect(String(decoding: payload.data, as: UTF8.self) == #"{"workflowId":"w","runId":"r"}"#)
        #expect(try converter.decode(Execution.self, from: payload) == execution)
        #expect(try converter.decode(Execution?.self, from: payload) == execution)
        var newer = payload
        newer.data = Data(#"{"workflowId":"w","runId":"r","fieldOfANewerVersion":1}"#.utf8)
        #expect(try converter.decode(Execution.self, from: newer) == execution)
        // Readers that do not have the type may still know its JSON.
        #expect(try converter.decode([String: String].self, from: payload) == ["workflowId": "w", "runId": "r"])
    }

    @Test("A protobuf message in its binary form is read, and never written")
    func binaryProtobuf() throws {
        let payload = Payload.make("binary/protobuf", try execution.serializedBytes())
        #expect(try converter.decode(Execution.self, from: payload) == execution)
        #expect(throws: DataConversionError.self) { try converter.decode(String.self, from: payload) }
        #expect(throws: DataConversionError.self) {
            try converter.decode(Execution.self, from: Payload.make("binary/protobuf", Data([0xff])))
        }
    }

    @Test("A message within another value is a string")
    func nestedMessage() throws {
        let payload = try converter.payload(encoding: [execution])
        #expect(payload.encodingName == "json/plain")
        #expect(try converter.decode([Execution].self, from: payload) == [execution])
    }

    @Test("A raw value goes through as it is, whatever its encoding")
    func rawValue() throws {
        let payload = Payload.make("application/x-own", Data([1, 2, 3]))
        #expect(try converter.payload(encoding: RawValue(payload)) == payload)
        #expect(try converter.payloads(encoding: RawValue(payload)).payloads == [payload])
        #expect(try converter.decode(RawValue.self, from: payload) == RawValue(payload))
        #expect(throws: DataConversionError.self) { try converter.payload(encoding: [RawValue(payload)]) }
    }

    @Test("Several arguments are several payloads, and those left out are nil")
    func arguments() throws {
        let payloads = try converter.payloads(encoding: Arguments("a", 3, Bool?.none, Data([7])))
        #expect(payloads.payloads.map(\.encodingName) == ["json/plain", "json/plain", "binary/null", "binary/plain"])
        let all = try converter.decode(Arguments<String, Int, Bool?, Data>.self, from: payloads).values
        #expect(all == ("a", 3, nil, Data([7])))
        let fewer = try converter.decode(Arguments<String, Int>.self, from: payloads).values
        #expect(fewer == ("a", 3))
        let first = Payloads.with { $0.payloads = Array(payloads.payloads.prefix(1)) }
        #expect(try converter.decode(Arguments<String, Int?>.self, from: first).values == ("a", nil))
        #expect(throws: DataConversionError.self) { try converter.decode(Arguments<String, Int>.self, from: first) }
        #expect(try converter.decode(String.self, from: payloads) == "a")
    }

    @Test("Converters are asked in their order, and a payload is read by the one whose encoding it names")
    func chain() throws {
        let converter = DataConverter(
            payloadConverters: [ShoutingConverter()] + DataConverter.standardPayloadConverters)
        let shouted = try converter.payload(encoding: "hello")
        #expect(shouted == .make("text/shouted", Data("HELLO".utf8)))
        #expect(try converter.decode(String.self, from: shouted) == "hello")
        #expect(try converter.payload(encoding: 7).encodingName == "json/plain")
        let none = DataConverter(payloadConverters: [ShoutingConverter()])
        #expect(throws: DataConversionError.self) { try none.payload(encoding: 7) }
        #expect(throws: DataConversionError.self) { try DataConverter.standard.decode(String.self, from: shouted) }
    }

    /// Writes text in capitals.
    private struct ShoutingConverter: PayloadConverter {
        var encoding: String { "text/shouted" }

        func payload(encoding value: any Encodable) -> Payload? {
            (value as? String).map { .make(encoding, Data($0.uppercased().utf8)) }
        }

        func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
            guard let value = String(decoding: payload.data, as: UTF8.self).lowercased() as? Value else {
                throw DataConversionError(type: "\(type)", reason: "is no text")
            }
            return value
        }
    }
}
