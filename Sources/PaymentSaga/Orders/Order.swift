public import Foundation

/// An order as it was placed: the input of ``OrderFulfilmentWorkflow``.
public struct Order: Codable, Sendable, Hashable {
    /// So many of one product.
    public struct Item: Codable, Sendable, Hashable {
        public var productID: String
        public var quantity: Int64

        public init(productID: String, quantity: Int64) {
            self.productID = productID
            self.quantity = quantity
        }
    }

    /// Also the id of the workflow that fulfils the order, and the idempotency key of each of its steps.
    public var orderID: String
    /// Whose account is debited.
    public var customerID: String
    /// Whose account is credited.
    public var merchantID: String
    public var items: [Item]
    /// What the customer pays for all of it.
    public var total: Amount

    public init(orderID: String, customerID: String, merchantID: String, items: [Item], total: Amount) {
        self.orderID = orderID
        self.customerID = customerID
        self.merchantID = merchantID
        self.items = items
        self.total = total
    }
}

/// Where an order stands, as anyone may see it.
public struct OrderStatusView: Codable, Sendable, Hashable {
    public enum Status: String, Codable, Sendable {
        case processing, fulfilled, failed, cancelled
    }

    public var orderID: String
    public var status: Status
    public var reasonCode: OrderReasonCode?
    public var steps: [StepRecord]
}

/// Why an order was not fulfilled: the closed list that outcome events and the status share.
public enum OrderReasonCode: String, Codable, Sendable, CaseIterable {
    case invalidOrder = "INVALID_ORDER"
    case outOfStock = "OUT_OF_STOCK"
    case paymentRefused = "PAYMENT_REFUSED"
    case shipmentRefused = "SHIPMENT_REFUSED"
    case serviceUnavailable = "SERVICE_UNAVAILABLE"
    case orderCancelled = "ORDER_CANCELLED"
    case internalError = "INTERNAL_ERROR"
}

/// How an order ended: the result of ``OrderFulfilmentWorkflow``.
public struct OrderResult: Codable, Sendable, Hashable {
    public var status: OrderStatusView.Status
    /// Nil when the order was fulfilled.
    public var reasonCode: OrderReasonCode?
    /// For people; without anything that identifies a person.
    public var reason: String
    /// The carrier's own id of the shipment.
    public var shipmentReference: String?
    public var completedAt: Date

    public init(
        status: OrderStatusView.Status, reasonCode: OrderReasonCode? = nil, reason: String = "",
        shipmentReference: String? = nil, completedAt: Date
    ) {
        self.status = status
        self.reasonCode = reasonCode
        self.reason = reason
        self.shipmentReference = shipmentReference
        self.completedAt = completedAt
    }
}
