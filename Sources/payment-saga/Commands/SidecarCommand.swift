import ArgumentParser
import Kafka
import Logging
import Sidecar
import Temporal

struct SidecarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sidecar",
        abstract: "Serves the payments' HTTP interface, until SIGINT or SIGTERM.")

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var temporal: TemporalOptions

    @Option(help: Setting.sidecarHost.help("the address to listen on; 127.0.0.1 unless given", valueName: "host"))
    var sidecarHost: String?

    @Option(help: Setting.sidecarPort.help("the port, 0 for a free one; 8080 unless given", valueName: "port"))
    var sidecarPort: String?

    @Option(
        help: Setting.apiToken.help(
            "the bearer token that calls which change something must carry; none is asked for unless given",
            valueName: "token"))
    var apiToken: String?

    @OptionGroup var operation: OperationOptions

    func run() async throws {
        let settings = Settings(
            options: [.sidecarHost: sidecarHost, .sidecarPort: sidecarPort, .apiToken: apiToken]
                .adding(kafka.given, temporal.given, operation.given))
        let process = try RoleProcess(.sidecar, settings)
        let logger = process.logger
        let host = settings.text(.sidecarHost) ?? "127.0.0.1"
        let port = try settings.port(.sidecarPort, default: 8080)
        try await process.run {
            let kafka = try await settings.reachableKafka(client: "sidecar", logger: logger)
            try await settings.connectToTemporal().use { client in
                let sidecar = Sidecar(
                    configuration: SidecarConfiguration(
                        host: host, port: port, kafka: kafka, token: settings.text(.apiToken),
                        metrics: process.metricsPage),
                    client: client, logger: logger)
                try await sidecar.run { Terminal.line("ready http://\(host):\($0)") }
            }
        }
    }
}
