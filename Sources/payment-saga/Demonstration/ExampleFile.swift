import Foundation

/// Examples from a file of JSON objects, one a line.
enum ExampleFile {
    /// - Throws: ``CommandFailure`` that names the file, and the line that can't be used.
    static func read(_ path: String) throws(CommandFailure) -> [Example] {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(
                "can't read the examples in \(path): give --examples, or start in the folder that holds Examples/",
                status: CommandFailure.badInput)
        }
        var examples: [Example] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            do {
                examples.append(try JSONDecoder().decode(Example.self, from: Data(line.utf8)))
            } catch {
                throw CommandFailure(
                    "\(path), line \(index + 1) is no example: \(reason(error))", status: CommandFailure.badInput)
            }
        }
        return examples
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
        default: "it is not valid JSON"
        }
    }
}
