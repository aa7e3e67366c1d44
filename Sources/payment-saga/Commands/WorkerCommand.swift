import ArgumentParser
import AsyncHTTPClient
import Kafka
import Ledger
import Logging
import PaymentSaga
import PaymentServices
import Temporal

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Carries payments out: runs their workflows and activities, until SIGINT or SIGTERM.")

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var temporal: TemporalOptions

    @OptionGroup var ledger: LedgerOptions

    @Option(help: Setting.gatewayURL.help("the payment gateway", valueName: "url"))
    var gatewayURL: String?

    @Option(help: Setting.fraudURL.help("the fraud check", valueName: "url"))
    var fraudURL: String?

    @Option(help: Setting.notificationsURL.help("who tells users by mail and SMS", valueName: "url"))
    var notificationsURL: String?

    @OptionGroup var log: LogOptions

    func run() async throws {
        let settings = Settings(
            options: [.gatewayURL: gatewayURL, .fraudURL: fraudURL, .notificationsURL: notificationsURL]
                .adding(kafka.given, temporal.given, ledger.given, log.given))
        let logger = try settings.logger(label: "worker")
        try await Lifetime.run {
            let ledger = try settings.openLedger()
            let http = HTTPClient.shared
            let gateway = try GatewayClient(url: try settings.requiredText(.gatewayURL), httpClient: http)
            let fraud = try FraudClient(url: try settings.requiredText(.fraudURL), httpClient: http)
            let notifications = try NotificationClient(
                url: try settings.requiredText(.notificationsURL), httpClient: http)
            let kafka = try await settings.reachableKafka(client: "worker", logger: logger)
            let producer = try KafkaProducer(kafka)
            try await settings.connectToTemporal().use { client in
                let services = PaymentServices(
                    ledger: ledger, gateway: gateway, fraud: fraud, notifications: notifications,
                    events: EventPublisher(producer: producer))
                let worker = Worker(
                    client: client, configuration: WorkerConfiguration(taskQueue: TaskQueues.payments),
                    workflows: [PaymentWorkflow.self, FraudCheckWorkflow.self], activities: services.activities,
                    logger: logger)
                Terminal.line("ready worker")
                try await worker.run()
            }
            await producer.close()
        }
    }
}
