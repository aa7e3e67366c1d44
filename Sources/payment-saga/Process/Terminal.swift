import Foundation

/// Standard output and standard error, each line written at once and whole.
enum Terminal {
    /// Whether a person, rather than a file or a program, reads standard output.
    static var isInteractive: Bool { isatty(STDOUT_FILENO) == 1 }

    static func line(_ text: String = "") { write(text + "\n", to: STDOUT_FILENO) }

    /// Writes over the current line of a terminal, and stays in it.
    static func overwrite(_ text: String) { write("\r\u{1B}[2K" + text, to: STDOUT_FILENO) }

    /// Tells of an error, on standard error.
    static func complain(_ message: String) { write("Error: \(message)\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            // Nobody reads any more: there is nobody left to tell.
            guard written > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(0, written))
        }
    }
}
