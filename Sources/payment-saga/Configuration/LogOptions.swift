import ArgumentParser
import Logging
import Observability

/// What is logged, and how. Logs go to standard error.
struct LogOptions: ParsableArguments {
    @Option(
        help: Setting.logLevel.help(
            "trace, debug, info, notice, warning, error or critical; info unless given", valueName: "level"))
    var logLevel: String?

    @Option(help: Setting.logFormat.help("text or json, one object a line; text unless given", valueName: "format"))
    var logFormat: String?

    var given: [Setting: String?] { [.logLevel: logLevel, .logFormat: logFormat] }
}

extension Settings {
    /// - Throws: ``CommandFailure`` when the level or the format is unknown.
    func logger(label: String) throws(CommandFailure) -> Logger {
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        let level = try value(.logLevel, default: Logger.Level.info, expected: "one of \(levels)") {
            Logger.Level(rawValue: $0.lowercased())
        }
        let isJSON = try value(.logFormat, default: false, expected: "text or json") {
            ["text": false, "json": true][$0]
        }
        var logger = Logger(label: label) { label -> any LogHandler in
            isJSON
                ? JSONLogHandler(label: label, metadataProvider: .trace)
                : StreamLogHandler.standardError(label: label, metadataProvider: .trace)
        }
        logger.logLevel = level
        return logger
    }
}
