import Logging
import Temporal

struct Order: Codable, Sendable {
    var id: String
    var cents: Int
    var coolingOffDays: Int
}

/// What the workflow asks of the world, by name and types. What these do is registered with a worker.
enum Shop {
    static let charge = ActivityType<Order, String>("charge")
    static let ship = ActivityType<Order, NoValue>("ship")
}

final class OrderFulfillment: Workflow {
    private let order: Order

    init(_ order: Order) { self.order = order }

    func run(_ context: WorkflowContext) async throws -> String {
        let options = ActivityOptions(startToClose: .seconds(30))
        let receipt = try await context.execute(Shop.charge, order, options: options)
        try await context.sleep(for: .seconds(order.coolingOffDays * 86_400))
        _ = try await context.execute(Shop.ship, order, options: options)
        return receipt
    }
}
protocol Bank: Sendable {
    /// Charges once for each key, however often it is called.
    func charge(_ cents: Int, idempotencyKey: String) async throws -> String
}

func shopActivities(_ bank: any Bank) -> Activities {
    var activities = Activities()
    activities.register(Shop.charge) { order, context in
        context.logger.info("charging", metadata: ["attempt": "\(context.attempt)"])
        return try await bank.charge(order.cents, idempotencyKey: order.id)
    }
    activities.register(Shop.ship) { _, _ in NoValue() }
    return activities
}
func serveOrders(_ client: TemporalClient, _ bank: any Bank) async throws {
    let worker = Worker(
        client: client, configuration: WorkerConfiguration(taskQueue: "orders"),
        workflows: [OrderFulfillment.self], activities: shopActivities(bank), logger: Logger(label: "orders"))
    try await worker.run()
}
func connect(_ target: ChannelTarget) async throws -> TemporalClient {
    let connection = try await TemporalConnection.connect(.init(target: target, namespace: "default"))
    return TemporalClient(connection)
}
func place(_ order: Order, _ client: TemporalClient) async throws -> String {
    let workflow = try await client.startWorkflow(
        OrderFulfillment.self, order, options: StartWorkflowOptions(id: "order-\(order.id)", taskQueue: "orders"))
    return try await workflow.result()
}
