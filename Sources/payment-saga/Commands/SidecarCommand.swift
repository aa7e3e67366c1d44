import ArgumentParser
import Foundation
import Kafka
import Logging
import Sidecar
import Temporal

struct SidecarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sidecar",
        abstract: "Serves the payments' HTTP interface, until SIGINT or SIGTERM.")

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var topics: TopicOptions
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

    @Option(
        help: Setting.apiTokenForReads.help(
            "whether calls that read payments need the token, too; false unless given", valueName: "true|false"))
    var apiTokenForReads: String?

    @Option(
        help: Setting.sidecarAllowedOrigins.help(
            "the origins whose pages may use the interface, separated by commas, such as https://shop.example; none "
                + "unless given",
            valueName: "origins"))
    var sidecarAllowedOrigins: String?

    @OptionGroup var operation: OperationOptions

    func run() async throws {
        let settings = Settings(
            options: [
                .sidecarHost: sidecarHost, .sidecarPort: sidecarPort, .apiToken: apiToken,
                .apiTokenForReads: apiTokenForReads, .sidecarAllowedOrigins: sidecarAllowedOrigins,
            ]
            .adding(kafka.given, topics.given, temporal.given, operation.given))
        let process = try RoleProcess(.sidecar, settings)
        let logger = process.logger
        let host = settings.text(.sidecarHost) ?? "127.0.0.1"
        let port = try settings.port(.sidecarPort, default: 8080)
        let token = try settings.secret(.apiToken)
        let tokenGuardsReads = try settings.flag(.apiTokenForReads)
        guard token != nil || !tokenGuardsReads else {
            throw CommandFailure(
                "--\(Setting.apiTokenForReads.rawValue) needs --\(Setting.apiToken.rawValue), which is missing",
                status: CommandFailure.badSetting)
        }
        let origins = try settings.value(
            .sidecarAllowedOrigins, default: [], expected: "origins such as https://shop.example, separated by commas",
            Self.origins)
        let topics = try settings.topics()
        try await process.run {
            let kafka = try await process.reachable(try settings.kafka(client: "sidecar", logger: logger))
            try await process.connect(try settings.temporal()).use { client in
                let sidecar = Sidecar(
                    configuration: SidecarConfiguration(
                        host: host, port: port, kafka: kafka, topics: topics, token: token,
                        tokenGuardsReads: tokenGuardsReads, allowedOrigins: origins,
                        metrics: process.metricsPage),
                    client: client, logger: logger)
                try await sidecar.run { Terminal.line("ready http://\(host):\($0)") }
            }
        }
    }

    /// - Returns: Nil if one of them is no origin.
    private static func origins(_ text: String) -> [String]? {
        let origins = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let areValid = origins.allSatisfy { origin in
            guard let url = URL(string: origin), let scheme = url.scheme, url.host() != nil else { return false }
            return ["http", "https"].contains(scheme) && url.path().isEmpty && url.query() == nil
        }
        return areValid ? origins : nil
    }
}
