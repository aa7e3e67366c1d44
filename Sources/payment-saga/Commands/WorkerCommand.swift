import ArgumentParser
import AsyncHTTPClient
import HTTPServing
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
        abstract: "Carries payments out: runs their workflows and activities, until SIGINT or SIGTERM.",
        discussion: """
            Temporal's namespace must know the search attributes of payments; once for each namespace:
              \(SearchAttributeCheck.remedy)
            """)

    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var temporal: TemporalOptions

    @Option(
        help: Setting.services.help(
            "what this worker does, of \(WorkerServices.names); all of it unless given. Only what it does needs to be "
                + "configured", valueName: "names"))
    var services: String?

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
                .services: services, .gatewayURL: gatewayURL, .fraudURL: fraudURL, .notificationsURL: notificationsURL,
                .ledgerSoleWorker: ledgerSoleWorker, .ledgerVerifyInterval: ledgerVerifyInterval,
                .strandedAfter: strandedAfter,
            ].adding(kafka.given, temporal.given, ledger.given, metrics.given, operation.given))
        let process = try RoleProcess(.worker, settings)
        let logger = process.logger
        let services = try settings.value(
            .services, default: WorkerServices.all, expected: "some of \(WorkerServices.names)",
            WorkerServices.init(names:))
        let watches = try WorkerWatches(settings, logger)
        try await process.run {
            let parts = try await WorkerParts(services, settings, logger)
            try await settings.connectToTemporal().use { client in
                try await SearchAttributeCheck.run(client)
                let activities = parts.services(archive: PaymentArchive(client: client)).activities
                let workers = services.list.map { service in
                    Worker(
                        client: client, configuration: WorkerConfiguration(taskQueue: service.taskQueue()),
                        workflows: service.workflows, activities: activities,
                        interceptors: [TracingInterceptor(), StepMetrics()], logger: logger)
                }
                let watching = watches.start(client, parts.ledger)
                defer { watching.cancel() }
                try await process.serve(parts.dependencies + [.temporal(client)]) {
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

/// What a worker process does.
struct WorkerServices {
    let list: [PaymentService]

    static let all = WorkerServices(list: PaymentService.allCases)
    static let names = PaymentService.allCases.map(\.rawValue).joined(separator: ",")

    func contains(_ services: PaymentService...) -> Bool { services.contains { list.contains($0) } }
}

extension WorkerServices {
    /// - Parameter names: Separated by commas; nil comes of one that is no service.
    init?(names: String) {
        let given = names.split(separator: ",").map { PaymentService(rawValue: $0.trimmingPrefix(" ").lowercased()) }
        guard !given.isEmpty, !given.contains(nil) else { return nil }
        self.init(list: PaymentService.allCases.filter { given.contains($0) })
    }
}

/// What the services of a worker process need, made from the settings.
private struct WorkerParts {
    let ledger: (any Ledger)?
    private let gateway: GatewayClient?
    private let fraud: FraudClient?
    private let notifications: NotificationClient?
    private let kafka: KafkaConfiguration?
    let producer: KafkaProducer?

    /// - Throws: When something is missing or can't be used.
    init(_ services: WorkerServices, _ settings: Settings, _ logger: Logger) async throws {
        let http = HTTPClient.shared
        ledger = services.contains(.ledger) ? MeasuredLedger(try settings.openLedger()) : nil
        gateway =
            services.contains(.gateway)
            ? try GatewayClient(url: try settings.requiredText(.gatewayURL), httpClient: http) : nil
        fraud =
            services.contains(.fraud)
            ? try FraudClient(url: try settings.requiredText(.fraudURL), httpClient: http) : nil
        notifications =
            services.contains(.notifications)
            ? try NotificationClient(url: try settings.requiredText(.notificationsURL), httpClient: http) : nil
        kafka =
            services.contains(.orchestrator, .notifications)
            ? try await settings.reachableKafka(client: "worker", logger: logger) : nil
        producer = try kafka.map { try KafkaProducer($0) }
    }

    /// What these need to be reachable, besides Temporal.
    var dependencies: [HealthServer.Dependency] {
        [kafka.map { .kafka($0) }, ledger.map { .ledger($0) }].compactMap { $0 }
    }

    func services(archive: PaymentArchive) -> PaymentServices {
        PaymentServices(
            ledger: ledger, gateway: gateway, fraud: fraud, notifications: notifications,
            events: producer.map { EventPublisher(producer: $0) }, archive: archive)
    }
}
