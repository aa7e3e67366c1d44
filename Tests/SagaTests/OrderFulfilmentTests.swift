import Foundation
import PaymentSaga
import Synchronization
import Temporal
import TemporalTesting
import Testing

@Suite("Order fulfilment", .timeLimit(.minutes(5)))
struct OrderFulfilmentTests {
    /// The services around an order: what they were asked, and what goes wrong.
    private final class Services: Sendable {
        let journal = Journal()
        private let attempts = Mutex<[String: Int]>([:])
        let outcomes = Mutex<[OrderResult]>([])
        private let fault: @Sendable (_ activity: String, _ attempt: Int) -> ApplicationFailure?

        init(_ fault: @escaping @Sendable (String, Int) -> ApplicationFailure? = { _, _ in nil }) { self.fault = fault }

        func attempts(_ activity: String) -> Int { attempts.withLock { $0[activity] ?? 0 } }

        private func take(_ name: String) throws {
            let attempt = attempts.withLock {
                $0[name, default: 0] += 1
                return $0[name] ?? 0
            }
            journal.add(name)
            if let failure = fault(name, attempt) { throw failure }
        }

        var activities: Activities {
            var activities = Activities()
            for type in [
                OrderActivities.reserveInventory, OrderActivities.chargePayment, OrderActivities.createShipment,
            ] {
                activities.register(type) { order, _ in
                    try self.take(type.name)
                    return OrderReference(reference: "\(type.name)/\(order.orderID)")
                }
            }
            for type in [
                OrderActivities.releaseInventory, OrderActivities.refundPayment, OrderActivities.cancelShipment,
            ] {
                activities.register(type) { _, _ in
                    try self.take(type.name)
                    return NoValue()
                }
            }
            activities.register(OrderActivities.confirm) { confirmation, _ in
                try self.take("confirm-\(confirmation.channel.rawValue)")
                return OrderReference(reference: "m")
            }
            activities.register(OrderActivities.publishOutcome) { announcement, _ in
                try self.take("publish")
                self.outcomes.withLock { $0.append(announcement.result) }
                return NoValue()
            }
            return activities
        }
    }

    private static let order = Order(
        orderID: "o-1", customerID: "user-1", merchantID: "shop-1", items: [.init(productID: "tea", quantity: 2)],
        total: Amount(currency: "EUR", minorUnits: 10_00))

    @discardableResult
    private func fulfil(
        _ services: Services, _ prepare: (TestEnvironment) throws -> Void = { _ in }
    ) async throws -> (result: OrderResult, status: OrderStatusView, elapsed: TimeInterval) {
        let environment = TestEnvironment()
        let begin = environment.now
        try prepare(environment)
        let (result, status) = try await environment.withWorker(
            taskQueue: TaskQueues.orders, workflows: [OrderFulfilmentWorkflow.self], activities: services.activities
        ) { client in
            let handle = try await client.startWorkflow(
                OrderFulfilmentWorkflow.self, Self.order,
                options: StartWorkflowOptions(id: "o-1", taskQueue: TaskQueues.orders))
            return (try await handle.result(), try await handle.query(OrderFulfilmentWorkflow.status, NoValue()))
        }
        return (result, status, environment.now.timeIntervalSince(begin))
    }

    @Test("reserves, charges, ships, publishes and confirms")
    func fulfilled() async throws {
        let services = Services()
        let (result, status, _) = try await fulfil(services)
        #expect(result.status == .fulfilled && result.reasonCode == nil)
        #expect(result.shipmentReference == "shipping.create/o-1")
        #expect(status.status == .fulfilled)
        #expect(
            services.journal.lines.prefix(4) == ["inventory.reserve", "orders.charge", "shipping.create", "publish"])
        #expect(Set(services.journal.lines.suffix(2)) == ["confirm-email", "confirm-sms"])
        #expect(services.outcomes.withLock { $0 } == [result])
    }

    @Test("reserves and charges at the same time")
    func parallel() async throws {
        let (_, _, elapsed) = try await fulfil(Services()) {
            $0.setDuration(of: OrderActivities.reserveInventory, to: .seconds(5))
            $0.setDuration(of: OrderActivities.chargePayment, to: .seconds(5))
        }
        #expect(elapsed >= 5 && elapsed < 10)
    }

    @Test("does not wait for an inventory that is down when the customer can't pay")
    func refusedWhileInventoryIsDown() async throws {
        let services = Services { name, _ in
            switch name {
            case "inventory.reserve": ApplicationFailure("down", type: "Down")
            case "orders.charge": ApplicationFailure("no money", type: OrderFailure.invalid, isNonRetryable: true)
            default: nil
            }
        }
        let (result, _, elapsed) = try await fulfil(services)
        #expect(result.status == .failed && result.reasonCode == .paymentRefused && elapsed < 60)
        #expect(services.journal.lines.contains("inventory.release"))
    }

    @Test("waits for an inventory that is down")
    func inventoryDown() async throws {
        let services = Services { name, attempt in
            name == "inventory.reserve" && attempt <= 20 ? ApplicationFailure("down", type: "Down") : nil
        }
        let (result, _, elapsed) = try await fulfil(services)
        #expect(result.status == .fulfilled)
        #expect(services.attempts("inventory.reserve") == 21)
        #expect(elapsed > 300)
    }

    @Test("gives up on an inventory that stays down, and refunds")
    func inventoryGone() async throws {
        let services = Services { name, _ in
            name == "inventory.reserve" ? ApplicationFailure("down", type: "Down") : nil
        }
        let (result, _, _) = try await fulfil(services)
        #expect(result.status == .failed && result.reasonCode == .serviceUnavailable)
        #expect(services.journal.lines.suffix(3) == ["orders.refund", "inventory.release", "publish"])
    }

    @Test(
        "that is refused is undone in reverse order, and its outcome says why",
        arguments: [
            (
                "inventory.reserve", OrderFailure.outOfStock, OrderReasonCode.outOfStock,
                ["orders.refund", "inventory.release"]
            ),
            ("orders.charge", OrderFailure.invalid, .paymentRefused, ["orders.refund", "inventory.release"]),
            (
                "shipping.create", OrderFailure.shipmentRefused, .shipmentRefused,
                ["shipping.cancel", "orders.refund", "inventory.release"]
            ),
        ])
    func refused(activity: String, type: String, code: OrderReasonCode, undone: [String]) async throws {
        let services = Services { name, _ in
            name == activity ? ApplicationFailure("because", type: type, isNonRetryable: true) : nil
        }
        let (result, status, _) = try await fulfil(services)
        #expect(result.status == .failed && result.reasonCode == code && result.reason == "because")
        #expect(status.reasonCode == code)
        #expect(services.journal.lines.suffix(undone.count + 1) == undone + ["publish"])
    }

    @Test("tries a compensation again until it is done")
    func stubbornCompensation() async throws {
        let services = Services { name, attempt in
            switch name {
            case "shipping.create": ApplicationFailure("no", type: OrderFailure.shipmentRefused, isNonRetryable: true)
            case "orders.refund": attempt <= 30 ? ApplicationFailure("down", type: "Down") : nil
            default: nil
            }
        }
        let (result, _, _) = try await fulfil(services)
        #expect(result.status == .failed)
        #expect(services.attempts("orders.refund") == 31 && services.attempts("inventory.release") == 1)
    }

    @Test("is fulfilled although no SMS can be sent")
    func noSMS() async throws {
        let services = Services { name, _ in name == "confirm-sms" ? ApplicationFailure("down", type: "Down") : nil }
        let (result, status, _) = try await fulfil(services)
        #expect(result.status == .fulfilled)
        #expect(services.attempts("confirm-sms") == 3)
        #expect(status.steps.first { $0.name == "confirm-sms" }?.state == .failed)
        #expect(status.steps.first { $0.name == "confirm-email" }?.state == .succeeded)
    }

    @Test("that is cancelled while the inventory is down ends at once, undone")
    func cancelled() async throws {
        let services = Services { name, _ in
            name == "inventory.reserve" ? ApplicationFailure("down", type: "Down") : nil
        }
        let (result, _, elapsed) = try await fulfil(services) {
            try $0.signal(
                workflowID: "o-1", OrderFulfilmentWorkflow.cancel,
                Cancellation(requestedBy: "user-1", reason: "changed my mind"), after: .seconds(60))
        }
        #expect(result.status == .cancelled && result.reason == "changed my mind")
        #expect(services.journal.lines.suffix(3) == ["orders.refund", "inventory.release", "publish"])
        #expect(elapsed < 120)
    }

    @Test("has its shipment created by another worker when the first is lost, as its heartbeats end")
    func lostShipment() async throws {
        let services = Services()
        let (result, _, elapsed) = try await fulfil(services) {
            $0.loseAttempts(1, of: OrderActivities.createShipment)
        }
        #expect(result.status == .fulfilled)
        #expect(elapsed >= 10 && elapsed < 60)
    }

    @Test("comes to the same end when the workflow that was cancelled through Temporal is rebuilt at every task")
    func cancelledWorkflow() async throws {
        var faults = TestFaults()
        faults.evictions = 1
        let environment = TestEnvironment(faults: faults)
        environment.setDuration(of: OrderActivities.reserveInventory, to: .seconds(9))
        environment.cancel(workflowID: "o-1", after: .seconds(3))
        let services = Services()
        let result = try await environment.withWorker(
            taskQueue: TaskQueues.orders, workflows: [OrderFulfilmentWorkflow.self], activities: services.activities
        ) { client in
            try await client.startWorkflow(
                OrderFulfilmentWorkflow.self, Self.order,
                options: StartWorkflowOptions(id: "o-1", taskQueue: TaskQueues.orders)
            ).result()
        }
        #expect(result.status == .cancelled)
        #expect(services.journal.lines.suffix(3) == ["orders.refund", "inventory.release", "publish"])
    }
}
