import ArgumentParser
import AsyncHTTPClient
import Kafka
import Ledger
import Logging
import PaymentSaga
import PaymentServices
import Temporal
import TemporalTracing

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

    @Option(
        help: Setting.ledgerSoleWorker.help(
            "true says that no other worker uses the ledger, which the production profile asks of SQLite",
            valueName: "flag"))
    var ledgerSoleWorker: String?

    @Option(
        help: Setting.ledgerVerifyInterval.help(
            "how often the ledger is audited for the metrics; 1h unless given", valueName: "time"))
    var ledgerVerifyInterval: String?

    @Option(
        help: Setting.strandedAfter.help(
            "from which age on an open payment counts as stranded in the metrics; 15m unless given", valueName: "time"))
    var strandedAfter: String?

    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var operation: OperationOptions

    func run() async throws {
        let settings = Settings(
            options: [
                .gatewayURL: gatewayURL, .fraudURL: fraudURL, .notificationsURL: notificationsURL,
                .ledgerSoleWorker: ledgerSoleWorker, .ledgerVerifyInterval: ledgerVerifyInterval,
                .strandedAfter: strandedAfter,
            ].adding(kafka.given, temporal.given, ledger.given, metrics.given, operation.given))
        let process = try RoleProcess(.worker, settings)
        let logger = process.logger
        let auditInterval = try settings.duration(.ledgerVerifyInterval, default: .seconds(3600))
        let strandedAfter = try settings.duration(.strandedAfter, default: .seconds(900))
        try await process.run {
            let ledger = MeasuredLedger(try settings.openLedger())
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
                    interceptors: [TracingInterceptor(), StepMetrics()], logger: logger)
                let watches = Task {
                    async let payments: Void = PaymentWatch(client: client, limit: strandedAfter, logger: logger).run()
                    await LedgerWatch(ledger: ledger, interval: auditInterval, logger: logger).run()
                    await payments
                }
                defer { watches.cancel() }
                try await process.serve([.kafka(kafka), .temporal(client), .ledger(ledger)]) {
                    try await worker.run()
                }
            }
            await producer.close()
        }
    }
}
