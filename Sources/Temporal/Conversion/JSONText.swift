import Foundation
import TemporalAPI

extension Payload {
    /// A text that is JSON already, for what must be equal to the byte to what other SDKs write.
    static func json(_ text: String) -> Payload { make("json/plain", Data(text.utf8)) }
}

extension String {
    /// This text as JSON, escaped as Temporal's Core does.
    var jsonLiteral: String {
        var literal = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case "\r": literal += "\\r"
            case "\t": literal += "\\t"
            case "\u{8}": literal += "\\b"
            case "\u{C}": literal += "\\f"
            case "\u{0}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }
}
