import Temporal

/// What a user of the test environment would write: a basket that is filled and paid for by updates, and goes on as a new run when full.
final class BasketWorkflow: Workflow, @unchecked Sendable {
    static let add = UpdateType<String, Int>("add")
    static let pay = UpdateType<NoValue, String>("pay")
    static let leave = SignalType<NoValue>("leave")
    static let price = ActivityType<String, Int>("price")
    static let charge = ActivityType<Int, String>("charge")
    static let customer = SearchAttributeKey<String>.keyword("Customer")

    static var handlers: WorkflowHandlers<BasketWorkflow> {
        WorkflowHandlers()
            .update(add) { basket, item in
                guard !item.isEmpty else { throw ApplicationFailure("an item has a name", type: "Nameless") }
            } _: { basket, item, context in
                basket.total += try await context.executeLocal(
                    price, item, options: LocalActivityOptions(startToClose: .seconds(5)))
                basket.items += 1
                try context.upsertMemo("total", basket.total)
                return basket.total
            }
            .update(pay, unfinishedPolicy: .abandon) { basket, _, context in
                let receipt = try await context.execute(
                    charge, basket.total,
                    options: ActivityOptions(
                        scheduleToStart: .seconds(60), startToClose: .seconds(600), heartbeat: .seconds(10)))
                basket.receipt = receipt
                return receipt
            }
            .signal(leave) { basket, _, _ in basket.hasLeft = true }
    }

    private var total: Int
    private var items = 0
    private var receipt: String?
    private var hasLeft = false

    init(_ input: Int) { total = input }

    func run(_ context: WorkflowContext) async throws -> String {
        context.upsert(try Self.customer.set("Ann"))
        try await context.wait(until: { self.receipt != nil || self.hasLeft || self.items == 3 })
        if items == 3 { throw ContinueAsNew(BasketWorkflow.self, total) }
        return receipt ?? "left"
    }
}

/// Fails until its last attempt, and meddles with a basket on the way.
final class VisitorWorkflow: Workflow {
    init(_ input: String) { basket = input }
    private let basket: String

    func run(_ context: WorkflowContext) async throws -> [String] {
        guard context.info.attempt == 3 else { throw ApplicationFailure("not yet", type: "NotYet") }
        var results: [String] = []
        for id in [basket, "nobody"] {
            do {
                try await context.externalWorkflow(id: id).signal(BasketWorkflow.leave, NoValue())
                results.append("signalled")
            } catch {
                results.append("not there")
            }
        }
        return results
    }
}
