public import Temporal

/// What the order workflow asks of the services around it. Each is idempotent by the order's id; the compensations do nothing when
/// there is nothing to undo, and see to it that a step that comes late does nothing either.
public enum OrderActivities {
    /// Sets the items aside. Throws ``OrderFailure/outOfStock`` when there are not enough.
    public static let reserveInventory = ActivityType<Order, OrderReference>("inventory.reserve")
    /// Gives the items back.
    public static let releaseInventory = ActivityType<Order, NoValue>("inventory.release")
    /// Moves the total from the customer to the merchant. Throws ``OrderFailure/invalid`` when the ledger refuses.
    public static let chargePayment = ActivityType<Order, OrderReference>("orders.charge")
    /// Moves the total back.
    public static let refundPayment = ActivityType<Order, NoValue>("orders.refund")
    /// Has the items packed and handed to the carrier; returns when that is done, and heartbeats meanwhile.
    /// Throws ``OrderFailure/shipmentRefused``.
    public static let createShipment = ActivityType<Order, OrderReference>("shipping.create")
    /// Stops the shipment.
    public static let cancelShipment = ActivityType<Order, NoValue>("shipping.cancel")
    /// Tells the customer by one channel that the order is on its way.
    public static let confirm = ActivityType<OrderConfirmation, OrderReference>("orders.confirm")
    /// Publishes how the order ended.
    public static let publishOutcome = ActivityType<OrderAnnouncement, NoValue>("events.publish-order-outcome")
}

/// A service's own id of what it did for an order.
public struct OrderReference: Codable, Sendable, Hashable {
    public var reference: String

    public init(reference: String) { self.reference = reference }
}

/// The types of `ApplicationFailure` that ``OrderActivities`` throw for good; no further attempt helps.
public enum OrderFailure {
    /// The order can't be carried out as it is, or the ledger refuses the payment.
    public static let invalid = "BusinessValidationError"
    /// There is not enough of a product.
    public static let outOfStock = "InsufficientStockError"
    /// The carrier does not take it.
    public static let shipmentRefused = "ShipmentRefusedError"
}

public struct OrderConfirmation: Codable, Sendable, Hashable {
    public var order: Order
    public var channel: NotificationOrder.Channel

    public init(order: Order, channel: NotificationOrder.Channel) {
        self.order = order
        self.channel = channel
    }
}

public struct OrderAnnouncement: Codable, Sendable, Hashable {
    public var order: Order
    public var result: OrderResult

    public init(order: Order, result: OrderResult) {
        self.order = order
        self.result = result
    }
}

extension TaskQueues {
    /// Order workflows, declared sagas, and their activities.
    public static let orders = "order-fulfillment"
}
