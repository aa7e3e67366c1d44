public import TemporalAPI

/// One way to encode values, known by the `encoding` metadata of its payloads.
///
/// Workflow code converts values while it is replayed, so the same value must always give the same payload, and at once.
public protocol PayloadConverter: Sendable {
    /// The `encoding` metadata of the payloads this converter makes and reads.
    var encoding: String { get }

    /// Encodes a value, or leaves it to the next converter by returning nil.
    /// - Throws: ``DataConversionError`` when the value is one for this converter and cannot be encoded.
    func payload(encoding value: any Encodable) throws -> Payload?

    /// Decodes a payload of this converter's encoding.
    /// - Throws: ``DataConversionError`` when the payload is not one of `type`.
    func decode<Value: Decodable>(_ type: Value.Type, from payload: Payload) throws -> Value
}
