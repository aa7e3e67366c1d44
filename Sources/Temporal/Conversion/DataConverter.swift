import Foundation
import SwiftProtobuf
public import TemporalAPI

/// Turns Swift values into Temporal payloads and back, with the encodings every Temporal SDK shares, so that workflows, activities
/// and clients written in other languages can read what this one writes.
///
/// | value | `encoding` metadata |
/// |---|---|
/// | ``NoValue`` or nil | `binary/null` |
/// | `Data` | `binary/plain` |
/// | a ``ProtobufValue`` | `json/protobuf`; `binary/protobuf` is read too |
/// | any other `Codable` | `json/plain`, keys sorted, dates as ISO 8601 in UTC, to the nearest millisecond |
///
/// A ``RawValue`` is passed on as it is, whatever its encoding, and ``Arguments`` are several payloads. Conversion is a pure
/// function of the value, as workflow code needs it; what is not, such as encryption, is the part of ``codecs``.
public struct DataConverter: Sendable {
    /// The converter used unless another is configured.
    public static let standard = DataConverter()

    /// Asked in this order to encode a value; the first that does is the one. Payloads are decoded by the one whose encoding they
    /// name.
    public let payloadConverters: [any PayloadConverter]
    /// Turns errors into failures.
    public let failureConverter: FailureConverter
    /// What changes payloads on their way to the server and back: encoding goes through them from the last to the first, decoding
    /// from the first to the last.
    public let codecs: [any PayloadCodec]

    /// - Parameter payloadConverters: What is not encoded by any of them is not encoded at all; ``standardPayloadConverters`` unless
    ///   given.
    public init(
        payloadConverters: [any PayloadConverter] = DataConverter.standardPayloadConverters,
        failureConverter: FailureConverter = .init(), codecs: [any PayloadCodec] = []
    ) {
        self.payloadConverters = payloadConverters
        self.failureConverter = failureConverter
        self.codecs = codecs
    }

    /// Those of the table above, in its order.
    public static let standardPayloadConverters: [any PayloadConverter] = [
        NullPayloadConverter(), DataPayloadConverter(), ProtobufJSONPayloadConverter(), ProtobufPayloadConverter(),
        JSONPayloadConverter(),
    ]

    /// Encodes one value.
    /// - Throws: ``DataConversionError`` naming the type that could not be encoded.
    public func payload<Value: Encodable>(encoding value: Value) throws -> Payload {
        if let raw = value as? RawValue { return raw.payload }
        for converter in payloadConverters {
            if let payload = try converter.payload(encoding: value) { return payload }
        }
        throw DataConversionError(type: "\(Value.self)", reason: "no payload converter takes it")
    }

    /// Encodes the arguments or the result of a call; ``NoValue`` is no argument at all, ``Arguments`` are several.
    public func payloads<Value: Encodable>(encoding value: Value) throws -> Payloads {
        if value is NoValue { return Payloads() }
        if let list = value as? any ArgumentList { return try list.payloads(by: self) }
        let payload = try payload(encoding: value)
        return Payloads.with { $0.payloads = [payload] }
    }

    /// Decodes one payload.
    /// - Throws: ``DataConversionError`` naming the expected type and the encoding found.
    public func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
        if let raw = RawValue(payload) as? Value { return raw }
        let encoding = payload.encodingName
        if let none = NoValue() as? Value, !encoding.hasPrefix("binary/") || encoding == NullPayloadConverter.name {
            return none
        }
        guard let converter = payloadConverters.first(where: { $0.encoding == encoding }) else {
            throw DataConversionError(type: "\(type)", reason: "the encoding \"\(encoding)\" is not known")
        }
        return try converter.decode(type, from: payload)
    }

    /// Decodes the value or the ``Arguments`` of a call; missing arguments are nil for optional types and ``NoValue``. What comes
    /// beyond those that are asked for is ignored.
    public func decode<Value: Decodable>(_ type: Value.Type, from payloads: Payloads) throws -> Value {
        if let list = type as? any ArgumentList.Type, let value = try list.init(payloads.payloads, self) as? Value {
            return value
        }
        return try decode(type, from: payloads.payloads.first ?? .null)
    }
}

/// A value that could not be turned into a payload or back.
public struct DataConversionError: Error, Sendable, CustomStringConvertible {
    /// The Swift type that was to be encoded or decoded.
    public let type: String
    /// What was wrong, without the value itself.
    public let reason: String

    /// Says what could not be converted; the value itself does not belong here, as it may be secret.
    public init(type: String, reason: String) {
        self.type = type
        self.reason = reason
    }

    public var description: String { "\(type): \(reason)" }
}

extension Payload {
    static var null: Payload { make(NullPayloadConverter.name, Data()) }

    static func make(_ encoding: String, _ data: Data) -> Payload {
        Payload.with {
            $0.metadata["encoding"] = Data(encoding.utf8)
            $0.data = data
        }
    }

    var encodingName: String { String(decoding: metadata["encoding"] ?? Data(), as: UTF8.self) }
}
