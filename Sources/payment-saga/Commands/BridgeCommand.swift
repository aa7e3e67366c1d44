import ArgumentParser
import Bridge
import Kafka
import Logging
import Temporal

struct BridgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bridge",
        abstract: "Turns Kafka's payment events into workflows and signals, until SIGINT or SIGTERM.")

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var temporal: TemporalOptions

    @OptionGroup var policy: PolicyOptions

    @OptionGroup var log: LogOptions

    func run() async throws {
        let settings = Settings(options: policy.given.adding(kafka.given, temporal.given, log.given))
        let logger = try settings.logger(label: "bridge")
        let policy = try settings.paymentPolicy()
        try await Lifetime.run {
            let kafka = try await settings.reachableKafka(client: "bridge", logger: logger)
            try await settings.connectToTemporal().use { client in
                let bridge = PaymentBridge(
                    configuration: BridgeConfiguration(kafka: kafka, policy: policy),
                    client: client, logger: logger)
                Terminal.line("ready bridge")
                try await bridge.run()
            }
        }
    }
}
