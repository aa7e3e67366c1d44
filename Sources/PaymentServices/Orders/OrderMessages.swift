import PaymentSaga

/// The body of `POST /inventory/reservations` and `POST /shipping/shipments`.
struct OrderRequest: Encodable {
    struct Item: Encodable {
        let productID: String
        let quantity: Int64

        enum CodingKeys: String, CodingKey {
            case productID = "product_id"
            case quantity
        }
    }

    let orderID: String
    let items: [Item]

    init(_ order: Order) {
        orderID = order.orderID
        items = order.items.map { Item(productID: $0.productID, quantity: $0.quantity) }
    }

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case items
    }
}

/// The answer to a reservation.
struct ReservationAnswer: Decodable {
    let reference: String
}

/// The answer about a shipment.
struct ShipmentAnswer: Decodable {
    enum Status: String, Decodable { case preparing, ready, cancelled }

    let reference: String
    let status: Status
}

/// A provider's "no".
struct RefusalAnswer: Decodable {
    let error: String
    let reason: String
}
