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
/// | any other `Codable` | `json/plain`, keys sorted, dates as ISO 8601 |
public struct DataConverter: Sendable {
    /// The converter used unless another is configured.
    public static let standard = DataConverter()

    public init() {}

    /// Encodes one value.
    /// - Throws: ``DataConversionError`` naming the type that could not be encoded.
    public func payload<Value: Encodable>(encoding value: Value) throws -> Payload {
        switch value {
        case is NoValue: return .null
        case let data as Data: return .make(Encoding.plain, data)
        case let optional as any OptionalValue where optional.isNone: return .null
        default:
            do {
                return .make(Encoding.json, try Self.encoder.encode(value))
            } catch {
                throw DataConversionError(type: "\(Value.self)", reason: "cannot be encoded as JSON: \(error)")
            }
        }
    }

    /// Encodes the arguments or the result of a call; ``NoValue`` is no argument at all.
    public func payloads<Value: Encodable>(encoding value: Value) throws -> Payloads {
        guard !(value is NoValue) else { return Payloads() }
        let payload = try payload(encoding: value)
        return Payloads.with { $0.payloads = [payload] }
    }

    /// Decodes one payload.
    /// - Throws: ``DataConversionError`` naming the expected type and the encoding found.
    public func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
        let encoding = payload.encodingName
        switch encoding {
        case Encoding.null:
            return try nullValue(type)
        case Encoding.plain:
            if let data = payload.data as? Value { return data }
            throw DataConversionError(type: "\(type)", reason: "the payload is raw bytes")
        case Encoding.json, Encoding.protobufJSON:
            if let none = NoValue() as? Value { return none }
            do {
                return try Self.decoder.decode(type, from: payload.data)
            } catch {
                throw DataConversionError(type: "\(type)", reason: "the JSON does not fit: \(error)")
            }
        default:
            throw DataConversionError(type: "\(type)", reason: "the encoding \"\(encoding)\" is not known")
        }
    }

    /// Decodes the only value of a call; missing arguments are nil for optional types and ``NoValue``.
    public func decode<Value: Decodable>(_ type: Value.Type, from payloads: Payloads) throws -> Value {
        guard let first = payloads.payloads.first else { return try nullValue(type) }
        return try decode(type, from: first)
    }

    private func nullValue<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let none = NoValue() as? Value { return none }
        if let optional = type as? any OptionalValue.Type, let none = optional.none as? Value { return none }
        throw DataConversionError(type: "\(type)", reason: "the payload is empty")
    }

    private enum Encoding {
        static let null = "binary/null"
        static let plain = "binary/plain"
        static let json = "json/plain"
        static let protobufJSON = "json/protobuf"
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.formatted(.iso8601WithFraction))
        }
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            if let date = try? Date(text, strategy: .iso8601WithFraction) { return date }
            if let date = try? Date(text, strategy: .iso8601) { return date }
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 date")
        }
        return decoder
    }
}

/// The value of a call that takes or returns nothing.
public struct NoValue: Codable, Sendable, Hashable {
    public init() {}
}

/// A value that could not be turned into a payload or back.
public struct DataConversionError: Error, Sendable, CustomStringConvertible {
    /// The Swift type that was to be encoded or decoded.
    public let type: String
    /// What was wrong, without the value itself.
    public let reason: String

    public var description: String { "\(type): \(reason)" }
}

/// Lets generic code ask whether a value is an optional without one.
private protocol OptionalValue {
    var isNone: Bool { get }
    static var none: Self { get }
}

extension Optional: OptionalValue {
    var isNone: Bool { self == nil }
}

extension Payload {
    static var null: Payload { make("binary/null", Data()) }

    static func make(_ encoding: String, _ data: Data) -> Payload {
        Payload.with {
            $0.metadata["encoding"] = Data(encoding.utf8)
            $0.data = data
        }
    }

    var encodingName: String { String(decoding: metadata["encoding"] ?? Data(), as: UTF8.self) }
}

extension FormatStyle where Self == Date.ISO8601FormatStyle {
    fileprivate static var iso8601WithFraction: Self { .init(includingFractionalSeconds: true) }
}

extension ParseStrategy where Self == Date.ISO8601FormatStyle {
    fileprivate static var iso8601WithFraction: Self { .init(includingFractionalSeconds: true) }
}
