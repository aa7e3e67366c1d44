import Configuration
import Kafka
import Temporal

/// The settings of one run: options first, then environment variables, then defaults.
struct Settings: Sendable {
    private let reader: ConfigReader

    /// - Parameter options: What the command line gave; nil where it gave nothing.
    init(options: [Setting: String?]) {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for case (let setting, let text?) in options {
            values[AbsoluteConfigKey(setting.key)] = ConfigValue(.string(text), isSecret: setting.isSecret)
        }
        reader = ConfigReader(providers: [
            InMemoryProvider(name: "options", values: values), EnvironmentVariablesProvider(),
        ])
    }

    /// - Returns: Nil when the setting is not given, or empty.
    func text(_ setting: Setting) -> String? {
        let text = reader.string(forKey: setting.key, isSecret: setting.isSecret)
        return text?.isEmpty == true ? nil : text
    }

    /// A secret that is given as nothing is a mistake of whoever deploys, not the wish to have none.
    /// - Returns: Nil when the setting is not given.
    /// - Throws: ``CommandFailure`` when it is given, and empty.
    func secret(_ setting: Setting) throws(CommandFailure) -> String? {
        guard let text = reader.string(forKey: setting.key, isSecret: setting.isSecret) else { return nil }
        guard !text.allSatisfy(\.isWhitespace) else {
            throw CommandFailure(
                "\(setting.name) is empty: give a value, or leave it out",
                status: CommandFailure.badSetting)
        }
        return text
    }

    /// - Throws: ``CommandFailure`` when the setting is not given.
    func requiredText(_ setting: Setting) throws(CommandFailure) -> String {
        guard let text = text(setting) else {
            throw CommandFailure(
                "--\(setting.rawValue) is missing: give the option or set \(setting.variable)",
                status: CommandFailure.badSetting)
        }
        return text
    }

    /// - Throws: ``CommandFailure`` when what is given does not convert.
    func value<Value>(
        _ setting: Setting, default fallback: Value, expected: String, _ convert: (String) -> Value?
    ) throws(CommandFailure) -> Value {
        guard let text = text(setting) else { return fallback }
        guard let value = convert(text) else {
            throw CommandFailure(
                "--\(setting.rawValue) (\(setting.variable)) is \"\(text)\": it must be \(expected)",
                status: CommandFailure.badSetting)
        }
        return value
    }

    func count(_ setting: Setting, default fallback: Int) throws(CommandFailure) -> Int {
        try value(setting, default: fallback, expected: "a whole number from 1") { text in
            Int(text).flatMap { $0 > 0 ? $0 : nil }
        }
    }

    func port(_ setting: Setting, default fallback: Int) throws(CommandFailure) -> Int {
        try value(setting, default: fallback, expected: "a port from 0 to 65535; 0 takes a free one") { text in
            UInt16(text).map(Int.init)
        }
    }

    func flag(_ setting: Setting, default fallback: Bool = false) throws(CommandFailure) -> Bool {
        try value(setting, default: fallback, expected: "true or false") { ["true": true, "false": false][$0] }
    }

    func duration(_ setting: Setting, default fallback: Duration) throws(CommandFailure) -> Duration {
        try value(setting, default: fallback, expected: "a time such as 500ms, 90s, 5m or 1h", Duration.init(text:))
    }
}
