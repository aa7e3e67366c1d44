public import SwiftProtobuf

/// A protobuf message that goes over the wire as `json/protobuf`, as other SDKs send theirs.
///
/// Declare it for a generated type: `extension Orders_V1_Order: ProtobufValue {}`. The type can then be the input or output of
/// workflows, activities, signals and queries.
public protocol ProtobufValue: Message, Codable, Sendable {}

extension ProtobufValue {
    /// Within another value a message is a string with its JSON.
    public init(from decoder: any Swift.Decoder) throws {
        self = try Self(jsonString: decoder.singleValueContainer().decode(String.self))
    }

    /// Within another value a message is a string with its JSON.
    public func encode(to encoder: any Swift.Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(jsonString())
    }
}
