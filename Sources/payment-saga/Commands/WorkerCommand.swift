import ArgumentParser
import Kafka
import Temporal

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Carries payments out: runs their workflows and activities, until SIGINT or SIGTERM.",
        discussion: """
            Temporal's namespace must know the search attributes of payments; once for each namespace:
              \(SearchAttributeCheck.remedy)
            """)

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var topics: TopicOptions
    @OptionGroup var temporal: TemporalOptions

    @Option(
        help: Setting.services.help(
            "what this worker does, of \(WorkerServices.names); unless given all of it, but for orders when no inventory "
                + "and no carrier are given. Only what it does needs to be configured", valueName: "names"))
    var services: String?

    @OptionGroup var ledger: LedgerOptions

    @Option(help: Setting.gatewayURL.help("the payment gateway", valueName: "url"))
    var gatewayURL: String?

    @Option(help: Setting.fraudURL.help("the fraud check", valueName: "url"))
    var fraudURL: String?

    @Option(help: Setting.notificationsURL.help("who tells users by mail and SMS", valueName: "url"))
    var notificationsURL: String?

    @Option(
        help: Setting.inventoryURL.help("the inventory of orders", valueName: "url"))
    var inventoryURL: String?

    @Option(help: Setting.shippingURL.help("the carrier of orders", valueName: "url"))
    var shippingURL: String?

    @Option(
        help: Setting.ledgerSoleWorker.help(
            "true says that no other worker uses the ledger, which the production profile asks of SQLite",
            valueName: "flag"))
    var ledgerSoleWorker: String?

    @Option(
        help: Setting.ledgerVerifyInterval.help(
            "how often one of the workers audits the ledger for the metrics; 1h unless given", valueName: "time"))
    var ledgerVerifyInterval: String?

    @Option(
        help: Setting.strandedAfter.help(
            "from which age on an open payment counts as stranded in the metrics, waiting for a person's approval left out; "
                + "15m unless given", valueName: "time"))
    var strandedAfter: String?

    @Option(
        help: Setting.ordersStrandedAfter.help(
            "from which age on an open order counts as stranded in the metrics; 3h unless given", valueName: "time"))
    var ordersStrandedAfter: String?

    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var operation: OperationOptions

    func run() async throws {
        let settings = Settings(
            options: [
                .services: services, .gatewayURL: gatewayURL, .fraudURL: fraudURL, .notificationsURL: notificationsURL,
                .inventoryURL: inventoryURL, .shippingURL: shippingURL, .ledgerSoleWorker: ledgerSoleWorker,
                .ledgerVerifyInterval: ledgerVerifyInterval, .strandedAfter: strandedAfter,
                .ordersStrandedAfter: ordersStrandedAfter,
            ].adding(kafka.given, topics.given, temporal.given, ledger.given, metrics.given, operation.given))
        let process = try RoleProcess(.worker, settings)
        let logger = process.logger
        let services = try settings.value(
            .services, default: WorkerServices.default(settings), expected: "some of \(WorkerServices.names)",
            WorkerServices.init(names:))
        let watches = try WorkerWatches(settings, logger)
        try await process.run {
            let parts = try WorkerParts(services, settings, logger)
            try await process.serve { begin in
                try await parts.prepare(process, publishing: services)
                try await process.connect(try settings.temporal()).use { client in
                    try await SearchAttributeCheck.run(client)
                    let workers = parts.workers(of: services, client, logger)
                    let watching = watches.start(client, parts.ledger)
                    defer { watching.cancel() }
                    begin(parts.dependencies + [.temporal(client)])
                    try await withThrowingTaskGroup { group in
                        for worker in workers { group.addTask { try await worker.run() } }
                        try await group.next()
                        group.cancelAll()
                        try await group.waitForAll()
                    }
                }
            }
            await parts.producer?.close()
        }
    }
}
