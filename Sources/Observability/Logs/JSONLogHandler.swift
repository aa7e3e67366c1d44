public import Foundation
public import Logging

/// Writes each log entry as a JSON object on a line of standard error, for programs that collect logs.
///
/// `time`, `level`, `logger` and `message` are always there. What tells of which payment and which trace an entry is stands
/// beside them, as `payment_id`, `trace_id` and `span_id`; all other metadata is under `metadata`.
public struct JSONLogHandler: LogHandler {
    /// What an entry is found by.
    private static let leading: Set = ["payment_id", "trace_id", "span_id", "request_id"]

    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    public var logLevel = Logger.Level.info
    private let label: String
    private let write: @Sendable (Data) -> Void

    /// - Parameter write: Where lines go, each with its newline; standard error unless given.
    public init(
        label: String, metadataProvider: Logger.MetadataProvider? = nil,
        write: @escaping @Sendable (Data) -> Void = { FileHandle.standardError.write($0) }
    ) {
        self.label = label
        self.metadataProvider = metadataProvider
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var fields: [String: Any] = [
            "time": Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            "level": event.level.rawValue, "logger": label, "message": "\(event.message)",
        ]
        if let error = event.error { fields["error"] = "\(error)" }
        let context = (metadataProvider?.get() ?? [:]).merging(metadata) { $1 }.merging(event.metadata ?? [:]) { $1 }
        var others: [String: Any] = [:]
        for (key, value) in context {
            if Self.leading.contains(key) {
                fields[key] = Self.json(value)
            } else {
                others[key] = Self.json(value)
            }
        }
        if !others.isEmpty { fields["metadata"] = others }
        guard
            var line = try? JSONSerialization.data(
                withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes])
        else { return }
        line.append(UInt8(ascii: "\n"))
        write(line)
    }

    private static func json(_ value: Logger.MetadataValue) -> Any {
        switch value {
        case .string(let text): text
        case .stringConvertible(let value): "\(value)"
        case .array(let values): values.map(json)
        case .dictionary(let values): values.mapValues(json)
        }
    }
}
