import Foundation
import SwiftProtobuf
import TemporalAPI

struct NullPayloadConverter: PayloadConverter {
    static let name = "binary/null"
    var encoding: String { Self.name }

    func payload(encoding value: any Encodable) -> Payload? {
        value is NoValue || (value as? any OptionalValue)?.isNone == true ? .null : nil
    }

    func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
        if let none = NoValue() as? Value { return none }
        if let optional = type as? any OptionalValue.Type, let none = optional.none as? Value { return none }
        throw DataConversionError(type: "\(type)", reason: "the payload is empty")
    }
}

struct DataPayloadConverter: PayloadConverter {
    var encoding: String { "binary/plain" }

    func payload(encoding value: any Encodable) -> Payload? {
        (value as? Data).map { .make(encoding, $0) }
    }

    func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
        if let data = payload.data as? Value { return data }
        throw DataConversionError(type: "\(type)", reason: "the payload is raw bytes")
    }
}

struct ProtobufJSONPayloadConverter: PayloadConverter {
    var encoding: String { "json/protobuf" }

    func payload(encoding value: any Encodable) throws -> Payload? {
        guard let message = value as? any ProtobufValue else { return nil }
        let type = Swift.type(of: message)
        do {
            var payload = Payload.make(encoding, try message.jsonUTF8Data())
            payload.metadata["messageType"] = Data(type.protoMessageName.utf8)
            return payload
        } catch {
            throw DataConversionError(type: "\(type)", reason: "cannot be encoded as JSON: \(error)")
        }
    }

    func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
        // Without the type, the JSON of a message may still be what the reader expects.
        guard let message = type.unwrapped as? any ProtobufValue.Type else {
            return try JSONPayloadConverter().decode(type, from: payload)
        }
        return try payload.decode(type) { try message.init(jsonUTF8Data: $0, options: .ignoringUnknownFields) }
    }
}

struct ProtobufPayloadConverter: PayloadConverter {
    var encoding: String { "binary/protobuf" }

    func payload(encoding value: any Encodable) -> Payload? { nil }

    func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
        guard let message = type.unwrapped as? any ProtobufValue.Type else {
            throw DataConversionError(type: "\(type)", reason: "the payload is a protobuf message")
        }
        return try payload.decode(type) { try message.init(serializedBytes: $0) }
    }
}

struct JSONPayloadConverter: PayloadConverter {
    var encoding: String { "json/plain" }

    func payload(encoding value: any Encodable) throws -> Payload? {
        // Search attributes, memos and ids are mostly texts without escapes, and the encoder takes long for any value.
        if let text = value as? String, let literal = text.plainJSON { return .make(encoding, literal) }
        do {
            return .make(encoding, try Self.encoder.encode(value))
        } catch {
            throw DataConversionError(type: "\(Swift.type(of: value))", reason: "cannot be encoded as JSON: \(error)")
        }
    }

    func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value {
        try payload.decode(type) { try Self.decoder.decode(type, from: $0) }
    }

    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            guard let text = date.iso8601Milliseconds else {
                // Not the date itself: Foundation's description of one that is no number traps.
                throw EncodingError.invalidValue(
                    date.timeIntervalSince1970,
                    .init(codingPath: encoder.codingPath, debugDescription: "no year of four digits"))
            }
            try container.encode(text)
        }
        return encoder
    }()

    private static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            if let date = try? Date(text, strategy: .iso8601WithFraction) { return date }
            if let date = try? Date(text, strategy: .iso8601) { return date }
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 date")
        }
        return decoder
    }()
}

extension JSONDecodingOptions {
    /// A newer sender may know more fields.
    fileprivate static var ignoringUnknownFields: Self {
        var options = Self()
        options.ignoreUnknownFields = true
        return options
    }
}

extension Payload {
    /// What `read` makes of the data, as a `Value`.
    fileprivate func decode<Value>(_ type: Value.Type, _ read: (Data) throws -> Any) throws -> Value {
        let value: Any
        do {
            value = try read(data)
        } catch {
            throw DataConversionError(type: "\(type)", reason: "the \(encodingName) payload does not fit: \(error)")
        }
        if let value = value as? Value { return value }
        throw DataConversionError(type: "\(type)", reason: "the \(encodingName) payload is of another type")
    }
}

/// Lets generic code ask whether a value is an optional without one.
private protocol OptionalValue {
    var isNone: Bool { get }
    static var none: Self { get }
    static var wrapped: Any.Type { get }
}

extension Optional: OptionalValue {
    var isNone: Bool { self == nil }
    static var wrapped: Any.Type { Wrapped.self }
}

extension String {
    /// This text as JSON, if all that takes is quotation marks around it.
    fileprivate var plainJSON: Data? {
        let quote = UInt8(ascii: "\"")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count + 2)
        bytes.append(quote)
        for byte in utf8 {
            guard byte >= 0x20, byte < 0x7F, byte != quote, byte != UInt8(ascii: "\\") else { return nil }
            bytes.append(byte)
        }
        bytes.append(quote)
        return Data(bytes)
    }
}

extension Decodable {
    /// The type itself, or what it is an optional of.
    fileprivate static var unwrapped: Any.Type { (self as? any OptionalValue.Type)?.wrapped ?? self }
}

extension Date {
    /// To the nearest millisecond; Foundation's own format cuts off what is beyond, of a value that binary fractions only come close to.
    /// - Returns: nil when it is too far away for ISO 8601, or no number.
    fileprivate var iso8601Milliseconds: String? {
        let milliseconds = (timeIntervalSince1970 * 1000).rounded()
        let seconds = (milliseconds / 1000).rounded(.down)
        guard (-62_167_219_200..<253_402_300_800).contains(seconds) else { return nil }
        let fraction = String(Int(milliseconds - seconds * 1000) + 1000).dropFirst()
        return Date(timeIntervalSince1970: seconds).formatted(.iso8601).dropLast() + ".\(fraction)Z"
    }
}

extension ParseStrategy where Self == Date.ISO8601FormatStyle {
    fileprivate static var iso8601WithFraction: Self { .init(includingFractionalSeconds: true) }
}
