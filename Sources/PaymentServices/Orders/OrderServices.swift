public import Ledger
import PaymentSaga
public import Temporal

/// Everything an order's workflow asks for, done with the ledger, the providers and the broker given.
public struct OrderServices: Sendable {
    private let ledger: OrderLedger
    private let inventory: InventoryClient
    private let shipping: ShippingClient
    private let notifications: NotificationClient
    private let events: EventPublisher

    /// - Parameters:
    ///   - ledger: Where the money is. Customers' accounts have the customer id as id, merchants' the merchant id.
    ///   - inventory: Who has the items.
    ///   - shipping: Who brings them.
    ///   - notifications: Who tells the customers.
    ///   - events: Where outcomes go.
    public init(
        ledger: any Ledger, inventory: InventoryClient, shipping: ShippingClient, notifications: NotificationClient,
        events: EventPublisher
    ) {
        self.ledger = OrderLedger(ledger: ledger)
        self.inventory = inventory
        self.shipping = shipping
        self.notifications = notifications
        self.events = events
    }

    /// The implementation of every one of `OrderActivities` and `DeclaredActivities`, for a worker.
    public var activities: Activities {
        var activities = Activities()
        registerTyped(in: &activities)
        registerDeclared(in: &activities)
        return activities
    }

    private func registerTyped(in activities: inout Activities) {
        activities.register(OrderActivities.reserveInventory) { order, _ in try await inventory.reserve(order) }
        activities.register(OrderActivities.releaseInventory) { order, _ in
            try await inventory.release(order)
            return NoValue()
        }
        activities.register(OrderActivities.chargePayment) { order, _ in try await ledger.charge(order) }
        activities.register(OrderActivities.refundPayment) { order, _ in
            try await ledger.refund(order)
            return NoValue()
        }
        activities.register(OrderActivities.createShipment) { order, context in
            try await shipping.create(order) { await context.heartbeat() }
        }
        activities.register(OrderActivities.cancelShipment) { order, _ in
            try await shipping.cancel(order)
            return NoValue()
        }
        activities.register(OrderActivities.confirm) { confirmation, _ in
            OrderReference(reference: try await notifications.send(confirmation))
        }
        activities.register(OrderActivities.publishOutcome) { announcement, _ in
            try await events.publish(announcement)
            return NoValue()
        }
    }

    private func registerDeclared(in activities: inout Activities) {
        func step(
            _ type: DeclaredActivities.Activity,
            _ body: @escaping @Sendable (Order, ActivityContext) async throws -> OrderReference
        ) {
            activities.register(type) { input, context in
                let result = try await body(try Self.order(input), context)
                return .object(["reference": .string(result.reference)])
            }
        }
        func compensation(
            _ type: DeclaredActivities.Activity, _ body: @escaping @Sendable (Order) async throws -> Void
        ) {
            activities.register(type) { input, _ in
                try await body(try Self.order(input))
                return .null
            }
        }
        step(DeclaredActivities.reserveInventory) { order, _ in try await inventory.reserve(order) }
        compensation(DeclaredActivities.releaseInventory) { try await inventory.release($0) }
        step(DeclaredActivities.chargePayment) { order, _ in try await ledger.charge(order) }
        compensation(DeclaredActivities.refundPayment) { try await ledger.refund($0) }
        step(DeclaredActivities.createShipment) { order, context in
            try await shipping.create(order) { await context.heartbeat() }
        }
        compensation(DeclaredActivities.cancelShipment) { try await shipping.cancel($0) }
        step(DeclaredActivities.sendConfirmationEmail) { order, _ in
            OrderReference(
                reference: try await notifications.send(OrderConfirmation(order: order, channel: .email)))
        }
    }

    /// - Throws: `ApplicationFailure` `OrderFailure.invalid`, final, naming the field that can't be used.
    private static func order(_ input: JSONValue) throws -> Order {
        do {
            return try Order(declared: input, at: "input") { try? Currency($0).exponent }
        } catch {
            throw ApplicationFailure("\(error)", type: OrderFailure.invalid, isNonRetryable: true)
        }
    }
}
