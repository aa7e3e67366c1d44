import AsyncHTTPClient
import Bridge
import Foundation
import Kafka
import Ledger
import Logging
import PaymentEvents
import PaymentSaga
import PaymentServices
import Simulators
import SwiftProtobuf
import Temporal
import TemporalTestSupport
import Testing
import WaitingTestSupport

/// Orders on a Temporal server, with a ledger, a broker and the simulated providers over HTTP.
@Suite("Orders through their services", .timeLimit(.minutes(5)))
struct LiveOrderTests {
    @Test("are fulfilled or undone, and ledger and outcome events agree")
    func orders() async throws {
        try await OrderStage.lending { stage in
            let fulfilled = try await stage.fulfil("o-good", ["tea", "prod-flaky"])
            #expect(fulfilled.status == .fulfilled && fulfilled.shipmentReference == "sh-o-good")
            #expect(try await stage.balances() == [90_00, 10_00])

            let soldOut = try await stage.fulfil("o-none", ["prod-sold-out"])
            #expect(soldOut.status == .failed && soldOut.reasonCode == .outOfStock)
            let unshippable = try await stage.fulfil("o-heavy", ["prod-unshippable"])
            #expect(unshippable.status == .failed && unshippable.reasonCode == .shipmentRefused)
            let tooMuch = try await stage.fulfil("o-dear", ["tea"], total: 500_00)
            #expect(tooMuch.status == .failed && tooMuch.reasonCode == .paymentRefused)
            #expect(try await stage.balances() == [90_00, 10_00])

            let outcomes = try await stage.outcomes(4)
            #expect(
                Dictionary(uniqueKeysWithValues: outcomes.map { ($0.orderID, $0.status) }) == [
                    "o-good": .fulfilled, "o-none": .failed, "o-heavy": .failed, "o-dear": .failed,
                ])
            #expect(try await stage.ledger.verify().violations == [])
        }
    }

    @Test("that come as events are fulfilled once; other contents under the same id are put aside")
    func placed() async throws {
        try await OrderStage.lending { stage in
            let order = OrderPlaced.with {
                $0.orderID = "o-placed"
                $0.customerID = "user-1"
                $0.merchantID = "shop-1"
                $0.items = [.with { ($0.productID, $0.quantity) = ("tea", 1) }]
                $0.total.currency = "EUR"
                $0.total.minorUnits = 10_00
                $0.placedAt.seconds = 1_767_323_045
            }
            var repeated = order
            repeated.placedAt.seconds += 1
            var other = order
            other.items[0].quantity = 2
            let desk = DeadLetterDesk(kafka: stage.kafka, topic: Topics().deadLetters)
            try await stage.bridging {
                try await stage.place([order, repeated, other])
                // The last of the three: what the second one led to has happened by then.
                try await eventually { try await desk.unresolved().map(\.reason) == ["conflict"] }
                #expect(try await stage.outcomes(1).map(\.status) == [.fulfilled])
            }
            #expect(try await stage.balances() == [90_00, 10_00])
            #expect(try await stage.ledger.verify().violations == [])
        }
    }
}

private struct OrderStage: Sendable {
    let ledger: SQLiteLedger
    let client: TemporalClient
    let kafka: KafkaConfiguration
    let producer: RenewableProducer
    /// This stage's alone: others use the same server.
    let taskQueue = "orders-\(UUID().uuidString)"

    static func lending(_ body: @escaping @Sendable (OrderStage) async throws -> Void) async throws {
        let server = try await TemporalDevServer.shared()
        let connection = try await TemporalConnection.connect(
            .init(target: ChannelTarget(host: server.host, port: server.port), namespace: server.namespace))
        let cluster = try MockKafkaCluster()
        let topics = Topics()
        for topic in [topics.orderRequests, topics.orderOutcomes, topics.confirmations, topics.deadLetters] {
            try cluster.createTopic(topic, partitions: 1)
        }
        let kafka = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
        let producer = try RenewableProducer(kafka)
        let folder = FileManager.default.temporaryDirectory.appending(path: "orders-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let stage = OrderStage(
            ledger: try SQLiteLedger(path: folder.appending(path: "ledger.sqlite").path),
            client: TemporalClient(connection), kafka: kafka, producer: producer)
        let result: Result<Void, any Error>
        do {
            try await stage.openAccounts()
            result = .success(try await stage.serving { try await body(stage) })
        } catch {
            result = .failure(error)
        }
        await producer.close(timeout: .seconds(1))
        await connection.close()
        await cluster.close()
        try? FileManager.default.removeItem(at: folder)
        try result.get()
    }

    func fulfil(_ id: String, _ products: [String], total: Int64 = 10_00) async throws -> OrderResult {
        let order = Order(
            orderID: id, customerID: "user-1", merchantID: "shop-1",
            items: products.map { .init(productID: $0, quantity: 1) },
            total: Amount(currency: "EUR", minorUnits: total))
        return try await client.startWorkflow(
            OrderFulfilmentWorkflow.self, order, options: StartWorkflowOptions(id: id, taskQueue: taskQueue)
        ).result()
    }

    func balances() async throws -> [Int64] {
        [try await ledger.account("user-1").balance, try await ledger.account("shop-1").balance]
    }

    func outcomes(_ count: Int) async throws -> [OrderOutcome] {
        let reader = try await KafkaReader(kafka, topics: [Topics().orderOutcomes])
        var outcomes: [OrderOutcome] = []
        for await event in reader.events {
            if case .records(let batch) = event {
                outcomes += try batch.map { try EventCodec.decode(from: $0.value, headers: []) }
            }
            if case .endOfPartition = event, outcomes.count >= count { break }
        }
        await reader.close()
        return outcomes
    }

    /// Publishes orders one after the other, as a shop does.
    func place(_ orders: [OrderPlaced]) async throws {
        for order in orders {
            let event = try EventCodec(source: "/tests").encode(order)
            _ = try await producer.send(
                ProducerRecord(
                    topic: Topics().orderRequests, key: event.key, value: event.value,
                    headers: event.headers.map { KafkaHeader($0.name, $0.value) }))
        }
    }

    /// Runs a bridge for orders while `body` runs, then stops it and waits for its end.
    func bridging(_ body: () async throws -> Void) async throws {
        var configuration = BridgeConfiguration(kafka: kafka, deadLetterTopic: Topics().deadLetters)
        // Rebalances of the mock cluster take a second less, and its first join three seconds: a member that waits longer than
        // this is forgotten, and asks again when the poll interval is over.
        configuration.sessionTimeout = .seconds(5)
        configuration.maximumPollInterval = .seconds(30)
        let bridge = WorkflowBridge(
            configuration: configuration, routes: [Route.orders(taskQueue: taskQueue)], client: client, logger: logger)
        try await running({ try await bridge.run() }, while: body)
    }

    private var logger: Logger { Logger(label: "orders") { _ in SwiftLogNoOpLogHandler() } }

    private func openAccounts() async throws {
        let currency = try Currency("EUR")
        for (id, owner) in [("funding", AccountOwner.funding), ("user-1", .user), ("shop-1", .merchant)] {
            try await ledger.openAccount(AccountRequest(id: id, owner: owner, currency: currency))
        }
        try await ledger.transfer(
            TransferRequest(
                id: "seed", reference: "seed", from: "funding", to: "user-1",
                amount: Money(minorUnits: 100_00, currency: currency)))
    }

    /// Runs simulators and a worker while `body` runs.
    private func serving(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let simulators = Simulators(configuration: SimulatorsConfiguration(kafka: kafka), logger: logger)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulators.run { port.yield($0) } }
            defer { group.cancelAll() }
            for await number in ports.prefix(1) {
                let url = "http://127.0.0.1:\(number)"
                let services = OrderServices(
                    ledger: ledger, inventory: try InventoryClient(url: url, httpClient: .shared),
                    shipping: try ShippingClient(url: url, httpClient: .shared, pollInterval: .milliseconds(50)),
                    notifications: try NotificationClient(url: url, httpClient: .shared),
                    events: EventPublisher(producer: producer))
                let worker = Worker(
                    client: client, configuration: WorkerConfiguration(taskQueue: taskQueue),
                    workflows: [OrderFulfilmentWorkflow.self], activities: services.activities, logger: logger)
                group.addTask { try await worker.run() }
                try await body()
            }
        }
    }
}
