public import SwiftProtobuf

extension OrderPlaced: InboundPaymentEvent {
    public static var keyField: String { "order_id" }

    /// The largest number of `items`.
    public static let maximumItems = 100

    /// The largest `quantity` of one item.
    public static let maximumQuantity: Int64 = 1_000_000

    /// One per order, for example `o-17/placed`.
    public var eventID: String { "\(orderID)/placed" }

    /// `placed_at`.
    public var eventTime: Google_Protobuf_Timestamp? { hasPlacedAt ? placedAt : nil }

    /// The order id, which keeps the events of one order in order.
    public var partitionKey: String { orderID }

    /// Checks every field; see `InboundPaymentEvent`.
    public func validate() throws(EventValidationError) {
        let rules = FieldRules(event: Self.eventName)
        try rules.paymentID(orderID, field: "order_id")
        try rules.required("customer_id", customerID)
        try rules.required("merchant_id", merchantID)
        guard !items.isEmpty else { throw rules.fail("items", .missing, "must have 1 to \(Self.maximumItems) entries") }
        guard items.count <= Self.maximumItems else {
            throw rules.fail("items", .tooMany(count: items.count), "must have 1 to \(Self.maximumItems) entries")
        }
        for (index, item) in items.enumerated() {
            try rules.paymentID(item.productID, field: "items[\(index)].product_id")
            try rules.count("items[\(index)].quantity", item.quantity, upTo: Self.maximumQuantity)
        }
        try rules.amount("total", total, upTo: PaymentRequested.maximumMinorUnits)
        try rules.timestamp("placed_at", eventTime)
    }
}
