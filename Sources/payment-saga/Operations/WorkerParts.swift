import AsyncHTTPClient
import HTTPServing
import Kafka
import Ledger
import Logging
import PaymentEvents
import PaymentSaga
import PaymentServices
import Temporal
import TemporalTracing

/// What the services of a worker process need, made from the settings.
struct WorkerParts {
    let ledger: (any Ledger)?
    private let gateway: GatewayClient?
    private let charges: ChargeInquiry?
    private let fraud: FraudClient?
    private let notifications: NotificationClient?
    private let inventory: InventoryClient?
    private let shipping: ShippingClient?
    private let kafka: KafkaConfiguration?
    private let topics: Topics
    let producer: RenewableProducer?

    /// - Throws: When something is missing or can't be used.
    init(_ services: WorkerServices, _ settings: Settings, _ logger: Logger) throws {
        func made<Part>(for users: WorkerService..., by make: () throws -> Part) rethrows -> Part? {
            users.contains { services.contains($0) } ? try make() : nil
        }
        let http = HTTPClient.shared
        topics = try settings.topics()
        ledger = try made(for: .payments(.ledger), .orders, .settlement) { MeasuredLedger(try settings.openLedger()) }
        gateway = try made(for: .payments(.gateway)) {
            try GatewayClient(url: try settings.requiredText(.gatewayURL), httpClient: http)
        }
        charges = try made(for: .settlement) {
            try ChargeInquiry(url: try settings.requiredText(.gatewayURL), httpClient: http)
        }
        fraud = try made(for: .payments(.fraud)) {
            try FraudClient(url: try settings.requiredText(.fraudURL), httpClient: http)
        }
        notifications = try made(for: .payments(.notifications), .orders) {
            try NotificationClient(url: try settings.requiredText(.notificationsURL), httpClient: http)
        }
        inventory = try made(for: .orders) {
            try InventoryClient(url: try settings.requiredText(.inventoryURL), httpClient: http)
        }
        shipping = try made(for: .orders) {
            try ShippingClient(url: try settings.requiredText(.shippingURL), httpClient: http)
        }
        kafka =
            services.contains(.payments(.orchestrator), .payments(.notifications), .orders, .settlement)
            ? try settings.kafka(client: "worker", logger: logger) : nil
        producer = try kafka.map { try RenewableProducer($0) }
    }

    /// Waits until the services can publish.
    /// - Throws: `KafkaError` when Kafka or one of the topics is not there; `CancellationError`.
    func prepare(_ process: RoleProcess, publishing services: WorkerServices) async throws {
        guard let kafka, let producer else { return }
        _ = try await process.reachable(kafka)
        try await producer.prepare(topics: topics.published(by: services))
    }

    /// What these need to be reachable, besides Temporal.
    var dependencies: [HealthServer.Dependency] {
        [producer.map { .kafka($0.waitUntilReachable(timeout:)) }, ledger.map { .ledger($0) }].compactMap { $0 }
    }

    /// A worker for the task queue of each service.
    func workers(of services: WorkerServices, _ client: TemporalClient, _ logger: Logger) -> [Worker] {
        let payments = payments(client)
        return services.list.map { service in
            let activities =
                switch service {
                case .payments: payments
                case .orders: orders
                case .settlement: settlement
                }
            return Worker(
                client: client,
                // Of a fixed few, too few ask for new payments while those under way are worked on.
                configuration: WorkerConfiguration(taskQueue: service.taskQueue, workflowPollers: .autoscaling()),
                workflows: service.workflows, activities: activities,
                interceptors: [TracingInterceptor(), StepMetrics()], logger: logger)
        }
    }

    private var events: EventPublisher? { producer.map { EventPublisher(producer: $0, topics: topics) } }

    private func payments(_ client: TemporalClient) -> Activities {
        PaymentServices(
            ledger: ledger, gateway: gateway, fraud: fraud, notifications: notifications, events: events,
            archive: PaymentArchive(client: client), settlements: SettlementCollector(client: client)
        ).activities
    }

    private var orders: Activities {
        guard let ledger, let inventory, let shipping, let notifications, let events else { return Activities() }
        return OrderServices(
            ledger: ledger, inventory: inventory, shipping: shipping, notifications: notifications, events: events
        ).activities
    }

    private var settlement: Activities {
        guard let ledger, let charges, let kafka, let events else { return Activities() }
        return SettlementServices(
            events: events,
            reconciliation: Reconciliation(
                ledger: ledger, gateway: charges, outcomes: OutcomeReader(kafka: kafka, topic: topics.outcomes))
        ).activities
    }
}

extension Topics {
    fileprivate func published(by services: WorkerServices) -> [String] {
        services.list.flatMap { service -> [String] in
            switch service {
            case .payments(.orchestrator): [outcomes]
            case .payments(.notifications): [notifications]
            case .payments: []
            case .orders: [orderOutcomes]
            case .settlement: [settlements, reconciliation]
            }
        }
    }
}
