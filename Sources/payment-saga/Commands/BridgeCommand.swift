import ArgumentParser
import Bridge
import Kafka
import Logging
import PaymentEvents
import Temporal

struct BridgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bridge",
        abstract: "Turns Kafka's payment events into workflows and signals, until SIGINT or SIGTERM.")

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var topics: TopicOptions
    @OptionGroup var temporal: TemporalOptions

    @OptionGroup var policy: PolicyOptions

    @OptionGroup var bridge: BridgeOptions
    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var operation: OperationOptions

    func run() async throws {
        let settings = Settings(
            options: policy.given.adding(
                kafka.given, topics.given, temporal.given, bridge.given, metrics.given, operation.given))
        let process = try RoleProcess(.bridge, settings)
        let logger = process.logger
        let policy = try settings.paymentPolicy()
        let topics = try settings.topics()
        let kafka = try settings.kafka(client: "bridge", logger: logger)
        let temporal = try settings.temporal()
        let configuration = try settings.bridge(kafka: kafka, deadLetterTopic: topics.deadLetters)
        try await process.run {
            try await process.serve { begin in
                _ = try await process.reachable(kafka)
                try await process.connect(temporal).use { client in
                    try await SearchAttributeCheck.run(client)
                    let bridge = WorkflowBridge(
                        configuration: configuration,
                        routes: Route.payments(topics: topics, policy: policy) + [Route.orders(topics: topics)],
                        client: client, logger: logger)
                    let health = bridge.health
                    begin([.kafka(health.waitUntilReachable(timeout:)), .temporal(client), .bridge(health)])
                    try await bridge.run()
                }
            }
        }
    }
}
