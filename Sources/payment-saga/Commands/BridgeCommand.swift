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

    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var operation: OperationOptions

    func run() async throws {
        let settings = Settings(
            options: [.confirmationTimeout: confirmationTimeout].adding(
                kafka.given, temporal.given, metrics.given, operation.given))
        let process = try RoleProcess(.bridge, settings)
        let logger = process.logger
        let timeout = try settings.duration(.confirmationTimeout, default: .seconds(300))
        try await process.run {
            let kafka = try await settings.reachableKafka(client: "bridge", logger: logger)
            try await settings.connectToTemporal().use { client in
                let bridge = PaymentBridge(
                    configuration: BridgeConfiguration(
                        kafka: kafka,
                        policy: PaymentPolicy(confirmationTimeoutMilliseconds: timeout.wholeMilliseconds)),
                    client: client, logger: logger)
                try await process.serve([.kafka(kafka), .temporal(client)]) { try await bridge.run() }
            }
        }
    }
}
