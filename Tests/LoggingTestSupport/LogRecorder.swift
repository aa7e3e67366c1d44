public import Logging
import Synchronization

/// Keeps what is logged, of any level, for a test to look at.
public final class LogRecorder: Sendable {
    /// One call of a logger.
    public struct Line: Sendable {
        public let level: Logger.Level
        public let message: String
        /// Of the logger and of the call.
        public let metadata: Logger.Metadata
    }

    private let recorded = Mutex<[Line]>([])

    public init() {}

    public var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    /// In the order they were logged.
    public var lines: [Line] { recorded.withLock { $0 } }

    /// What the lines say.
    public var messages: [String] { lines.map(\.message) }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(
                level: event.level, message: "\(event.message)",
                metadata: metadata.merging(event.metadata ?? [:]) { $1 })
            recorder.recorded.withLock { $0.append(line) }
        }
    }
}
