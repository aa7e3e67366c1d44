import Logging
import Synchronization

/// Keeps what is logged, for a test to look at.
final class LogRecorder: Sendable {
    private let lines = Mutex<[(message: String, metadata: Logger.Metadata)]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    /// The handlers the lines are about.
    var handlers: [String] { lines.withLock { $0.compactMap { $0.metadata["handler"].map { "\($0)" } } } }

    /// What the lines say.
    var messages: [String] { lines.withLock { $0.map(\.message) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            recorder.lines.withLock { $0.append(("\(event.message)", event.metadata ?? [:])) }
        }
    }
}
