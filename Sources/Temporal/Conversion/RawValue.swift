public import TemporalAPI

/// A payload that is passed on as it is: for values whose type is not known here, and for encodings of one's own.
///
/// It is the whole argument or result, never a part of one.
public struct RawValue: Codable, Sendable, Hashable {
    /// The encoded value, with its metadata.
    public let payload: Payload

    /// A payload to be passed on.
    public init(_ payload: Payload) { self.payload = payload }

    /// - Throws: `DecodingError`, always: a payload has no place within another value.
    public init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: Self.misplaced))
    }

    /// - Throws: `EncodingError`, always: a payload has no place within another value.
    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self, .init(codingPath: encoder.codingPath, debugDescription: Self.misplaced))
    }

    private static let misplaced = "a RawValue is the whole value of a call, not a part of one"
}
