/// A field of an event breaks the contract.
///
/// It names the field, the class of what was found and the rule, but never the value: values can be card tokens or
/// personal data, and this text goes to logs and dead-letter headers.
public struct EventValidationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was found in place of a valid value.
    public enum Found: Equatable, Sendable, CustomStringConvertible {
        /// Absent or empty, which protobuf does not tell apart.
        case missing
        /// More text than allowed, with its length in UTF-8.
        case tooLong(bytes: Int)
        /// More entries than allowed.
        case tooMany(count: Int)
        /// Characters outside the field's alphabet.
        case forbiddenCharacters
        /// Characters below U+0020, or U+007F.
        case controlCharacters
        /// The number 0 where a positive one is needed.
        case zero
        /// A number below 0.
        case negative
        /// A number above the maximum.
        case tooLarge
        /// A value outside a closed list.
        case unknownCode
        /// A value that differs from the one it must repeat.
        case mismatch
        /// A time that no RFC 3339 text can express.
        case outOfRange

        /// The verb phrase for `EventValidationError.description`.
        public var description: String {
            switch self {
            case .missing: "is missing or empty"
            case .tooLong(let bytes): "is \(bytes) bytes long"
            case .tooMany(let count): "has \(count) entries"
            case .forbiddenCharacters: "has characters that are not allowed"
            case .controlCharacters: "has control characters"
            case .zero: "is zero"
            case .negative: "is negative"
            case .tooLarge: "is too large"
            case .unknownCode: "is not a known code"
            case .mismatch: "is another value"
            case .outOfRange: "is out of range"
            }
        }
    }

    /// The message, for example `PaymentRequested`.
    public let event: String

    /// The path of the field in the schema's spelling, for example `amount.minor_units`, or `key` for the Kafka key.
    public let field: String

    /// What was there instead of a valid value.
    public let found: Found

    /// What the field must be, for example `must be from 1 to 1000000000000`.
    public let rule: String

    /// All of it in one sentence, for example `PaymentRequested.amount.minor_units is zero: it must be from 1 to …`.
    public var description: String { "\(event).\(field) \(found): it \(rule)" }
}
