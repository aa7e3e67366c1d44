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

    @Option(
        help: Setting.inventoryURL.help(
            "the inventory; without it and the carrier, no orders are served", valueName: "url"))
    var inventoryURL: String?

    @Option(help: Setting.shippingURL.help("the carrier of orders", valueName: "url"))
    var shippingURL: String?

    @OptionGroup var log: LogOptions

    func run() async throws {
        let settings = Settings(
            options: [
                .gatewayURL: gatewayURL, .fraudURL: fraudURL, .notificationsURL: notificationsURL,
                .inventoryURL: inventoryURL, .shippingURL: shippingURL,
            ].adding(kafka.given, temporal.given, ledger.given, log.given))
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
                    events: EventPublisher(producer: producer), settlements: SettlementCollector(client: client))
                let worker = Worker(
                    client: client, configuration: WorkerConfiguration(taskQueue: TaskQueues.payments),
                    workflows: [PaymentWorkflow.self, FraudCheckWorkflow.self], activities: services.activities,
                    logger: logger)
                let settlement = SettlementServices(
                    events: EventPublisher(producer: producer),
                    reconciliation: Reconciliation(
                        ledger: ledger,
                        gateway: try ChargeInquiry(url: try settings.requiredText(.gatewayURL), httpClient: http),
                        outcomes: OutcomeReader(kafka: kafka)))
                var workers = [worker, .settlement(settlement, client: client, logger: logger)]
                if let inventory = settings.text(.inventoryURL), let shipping = settings.text(.shippingURL) {
                    let orders = OrderServices(
                        ledger: ledger, inventory: try InventoryClient(url: inventory, httpClient: http),
                        shipping: try ShippingClient(url: shipping, httpClient: http), notifications: notifications,
                        events: EventPublisher(producer: producer))
                    workers.append(.orders(orders, client: client, logger: logger))
                }
                Terminal.line("ready worker")
                try await Worker.run(workers)
            }
            await producer.close()
        }
    }
}
