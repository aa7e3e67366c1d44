/// Writes lists of texts as JSON and PostgreSQL's arrays agree to have them, but for the brackets.
enum QuotedList {
    /// - Parameter texts: Without control characters.
    static func elements(_ texts: some Sequence<String>) -> String {
        var list: [UInt8] = []
        for text in texts {
            if !list.isEmpty { list.append(UInt8(ascii: ",")) }
            list.append(UInt8(ascii: "\""))
            for character in text.utf8 {
                if character == UInt8(ascii: "\"") || character == UInt8(ascii: "\\") {
                    list.append(UInt8(ascii: "\\"))
                }
                list.append(character)
            }
            list.append(UInt8(ascii: "\""))
        }
        return String(decoding: list, as: UTF8.self)
    }
}
