import Hummingbird
import PaymentEvents

/// What a caller asks the inventory and the carrier for.
struct StockOrder: Decodable, Hashable, Sendable {
    struct Item: Decodable, Hashable {
        let productID: String
        let quantity: Int64

        enum CodingKeys: String, CodingKey {
            case productID = "product_id"
            case quantity
        }
    }

    let orderID: String
    let items: [Item]

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case items
    }

    func contains(_ product: TestProduct) -> Bool { items.contains { $0.productID == product.rawValue } }
}

extension Request {
    /// The body of a call for an order, whose id the idempotency key repeats.
    func stockOrder(_ context: some RequestContext) async throws -> StockOrder {
        let key = try idempotencyKey()
        let order = try await providerBody(as: StockOrder.self, context)
        guard PaymentID.isValid(order.orderID), order.orderID == key else {
            throw ProviderRefusal(
                .badRequest, "invalid_request",
                "order_id must be 1 to 64 of [A-Za-z0-9._-], and the Idempotency-Key must repeat it")
        }
        guard !order.items.isEmpty, order.items.allSatisfy({ $0.quantity > 0 }) else {
            throw ProviderRefusal(.badRequest, "invalid_request", "items must not be empty, nor a quantity below 1")
        }
        return order
    }
}
