import ArgumentParser
import Kafka
import Logging
import Simulators

struct SimulatorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulators",
        abstract: "Simulates the gateway, the fraud check and the notification provider, until SIGINT or SIGTERM.",
        discussion: """
            The payment method's token chooses what happens: tok_ok, tok_declined, tok_confirm_declined, tok_flaky, \
            tok_timeout_after_accept, tok_silent or tok_fraud. Any other token is taken as tok_ok.
            """)

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var topics: TopicOptions

    @Option(help: Setting.simulatorsHost.help("the address to listen on; 127.0.0.1 unless given", valueName: "host"))
    var simulatorsHost: String?

    @Option(help: Setting.simulatorsPort.help("the port; a free one unless given", valueName: "port"))
    var simulatorsPort: String?

    @OptionGroup var operation: OperationOptions

    func run() async throws {
        let settings = Settings(
            options: [.simulatorsHost: simulatorsHost, .simulatorsPort: simulatorsPort].adding(
                kafka.given, topics.given, operation.given))
        let process = try RoleProcess(.simulators, settings)
        let logger = process.logger
        let host = settings.text(.simulatorsHost) ?? "127.0.0.1"
        let port = try settings.port(.simulatorsPort, default: 0)
        let topics = try settings.topics()
        try await process.run {
            let kafka = try await process.reachable(try settings.kafka(client: "simulators", logger: logger))
            let simulators = Simulators(
                configuration: SimulatorsConfiguration(
                    host: host, port: port, kafka: kafka, topics: topics, metrics: process.metricsPage),
                logger: logger)
            try await simulators.run { Terminal.line("ready http://\(host):\($0)") }
        }
    }
}
