import ArgumentParser

/// How a role is operated, whatever its work is.
struct OperationOptions: ParsableArguments {
    @Option(
        help: Setting.profile.help(
            "development, or production, which refuses settings that are not safe; development unless given",
            valueName: "name"))
    var profile: String?

    @Option(
        help: Setting.startTimeout.help(
            "how long to wait for Kafka and Temporal to answer when the role starts; 60s unless given",
            valueName: "time"))
    var startTimeout: String?

    @Option(
        help: Setting.shutdownTimeout.help(
            "how long the end may take after SIGINT or SIGTERM before the process ends as it is; 30s unless given",
            valueName: "time"))
    var shutdownTimeout: String?

    @Option(
        help: Setting.otlpEndpoint.help(
            "where traces go by OTLP over HTTP, such as http://127.0.0.1:4318; nowhere unless given", valueName: "url"))
    var otlpEndpoint: String?

    @Option(
        help: Setting.traceRatio.help(
            "how many of the traces that begin here are recorded, from 0 to 1; 1 unless given", valueName: "number"))
    var traceRatio: String?

    @OptionGroup var log: LogOptions

    var given: [Setting: String?] {
        [
            .profile: profile, .startTimeout: startTimeout, .shutdownTimeout: shutdownTimeout,
            .otlpEndpoint: otlpEndpoint, .traceRatio: traceRatio,
        ].adding(log.given)
    }
}
