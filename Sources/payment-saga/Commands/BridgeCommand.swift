import ArgumentParser
import Bridge
import Kafka
import Logging
import PaymentEvents
import PaymentSaga
import Temporal

struct BridgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bridge",
        abstract: "Turns Kafka's payment events into workflows and signals, until SIGINT or SIGTERM.")

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var temporal: TemporalOptions

    @Option(
        help: Setting.confirmationTimeout.help(
            "how long the gateway's confirmation of a payment may take; 5m unless given", valueName: "time"))
    var confirmationTimeout: String?

    @OptionGroup var bridge: BridgeOptions
    @OptionGroup var log: LogOptions

    func run() async throws {
        let settings = Settings(
            options: [.confirmationTimeout: confirmationTimeout].adding(
                kafka.given, temporal.given, bridge.given, log.given))
        let logger = try settings.logger(label: "bridge")
        let timeout = try settings.duration(.confirmationTimeout, default: .seconds(300))
        let topics = Topics()
        try await Lifetime.run {
            let kafka = try await settings.reachableKafka(client: "bridge", logger: logger)
            try await settings.connectToTemporal().use { client in
                let policy = PaymentPolicy(confirmationTimeoutMilliseconds: timeout.wholeMilliseconds)
                let bridge = WorkflowBridge(
                    configuration: try settings.bridge(kafka: kafka, deadLetterTopic: topics.deadLetters),
                    routes: Route.payments(topics: topics, policy: policy), client: client, logger: logger)
                Terminal.line("ready bridge")
                try await bridge.run()
            }
        }
    }
}
