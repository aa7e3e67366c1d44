/// A message that is no event, or an event that can't be written. No text holds the contents of the message.
public enum EventCodingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The message has no value (a tombstone).
    case missingValue(event: String)

    /// The `content-type` header names an encoding that is not spoken here.
    case unsupportedContentType(event: String, contentType: String)

    /// The `ce_type` header names another event of this schema, or another version of it.
    case unexpectedType(event: String, found: String)

    /// The value does not parse.
    case malformed(event: String, contentType: EventContentType, problem: String)

    /// A field can't be expressed in the encoding, for example a time outside the years 1 to 9999.
    case unencodable(event: String, problem: String)

    /// What was expected and what was found.
    public var description: String {
        switch self {
        case .missingValue(let event):
            "\(event) expected, but the message has no value"
        case .unsupportedContentType(let event, let contentType):
            "\(event) expected as application/json or application/protobuf, but content-type is '\(contentType)'"
        case .unexpectedType(let event, let found):
            "\(event) expected, but ce_type is '\(found)': it belongs on another topic, or is of another version"
        case .malformed(let event, let contentType, let problem):
            "\(event) expected, but the value is not valid \(contentType.rawValue): \(problem)"
        case .unencodable(let event, let problem):
            "\(event) can't be encoded: \(problem)"
        }
    }
}
