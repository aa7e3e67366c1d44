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

    /// The implementation of every one of `OrderActivities`, for a worker.
    public var activities: Activities {
        var activities = Activities()
        activities.register(OrderActivities.reserveInventory) { [inventory] order, _ in
            try await inventory.reserve(order)
        }
        activities.register(OrderActivities.releaseInventory) { [inventory] order, _ in
            try await inventory.release(order)
            return NoValue()
        }
        activities.register(OrderActivities.chargePayment) { [ledger] order, _ in try await ledger.charge(order) }
        activities.register(OrderActivities.refundPayment) { [ledger] order, _ in
            try await ledger.refund(order)
            return NoValue()
        }
        activities.register(OrderActivities.createShipment) { [shipping] order, context in
            try await shipping.create(order) { await context.heartbeat() }
        }
        activities.register(OrderActivities.cancelShipment) { [shipping] order, _ in
            try await shipping.cancel(order)
            return NoValue()
        }
        activities.register(OrderActivities.confirm) { [notifications] confirmation, _ in
            OrderReference(reference: try await notifications.send(confirmation))
        }
        activities.register(OrderActivities.publishOutcome) { [events] announcement, _ in
            try await events.publish(announcement)
            return NoValue()
        }
        return activities
    }
}
