/// The rule for payment ids. They become workflow ids, Kafka keys, idempotency keys and path segments, hence the
/// narrow alphabet.
public enum PaymentID {
    /// In bytes, which are characters here.
    public static let maximumLength = 64

    /// Whether `text` is 1 to 64 of `[A-Za-z0-9._-]`, and neither `.` nor `..`: those are no names in a path.
    public static func isValid(_ text: String) -> Bool {
        (1...maximumLength).contains(text.utf8.count) && hasOnlyAllowedCharacters(text)
    }

    static func hasOnlyAllowedCharacters(_ text: String) -> Bool {
        text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
