/// How names, labels and numbers are written in Prometheus's text format.
enum PrometheusText {
    /// Only of the characters that names may have.
    static func name(_ text: String) -> String {
        let name = String(text.map { isNameCharacter($0) ? $0 : "_" })
        return name.first?.isNumber == true ? "_\(name)" : name
    }

    /// In the order of their names, so that the same labels always give the same text.
    static func labels(_ labels: [(String, String)]) -> String {
        labels.map { (name($0), escaped($1)) }.sorted { $0.0 < $1.0 }.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
    }

    /// Whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == ":")
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
    }
}
