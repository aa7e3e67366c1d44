import ArgumentParser

/// A time on the command line, such as `5s`.
struct DurationArgument: ExpressibleByArgument {
    let text: String
    let value: Duration

    init(seconds: Int) {
        text = "\(seconds)s"
        value = .seconds(seconds)
    }

    init?(argument: String) {
        guard let value = Duration(text: argument) else { return nil }
        text = argument
        self.value = value
    }

    var defaultValueDescription: String { text }
}
