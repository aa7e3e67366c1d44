import ArgumentParser

/// Where a role without an HTTP interface of its own tells how it is.
struct MetricsOptions: ParsableArguments {
    @Option(help: Setting.metricsHost.help("the address of the metrics; 127.0.0.1 unless given", valueName: "host"))
    var metricsHost: String?

    @Option(
        help: Setting.metricsPort.help(
            "the port that serves /metrics, /healthz and /readyz, 0 for a free one; none unless given",
            valueName: "port"))
    var metricsPort: String?

    var given: [Setting: String?] { [.metricsHost: metricsHost, .metricsPort: metricsPort] }
}
