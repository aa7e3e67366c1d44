import Hummingbird

/// The inventory: at most one reservation an order, whatever is repeated and in whatever order calls arrive.
actor Inventory {
    struct Reservation: ResponseEncodable {
        enum Status: String, Encodable { case reserved, released }

        let reference: String
        var status: Status
        /// Nil when the reservation was released before it was asked for.
        let order: StockOrder?

        enum CodingKeys: String, CodingKey { case reference, status }
    }

    private static let failuresOfFlaky = 2

    private var reservations: [String: Reservation] = [:]
    private var failures: [String: Int] = [:]

    nonisolated func addRoutes(to router: some RouterMethods<BasicRequestContext>) {
        let reservations = router.group("inventory/reservations")
        reservations.post { request, context in
            let (reservation, isNew) = try await self.reserve(try await request.stockOrder(context))
            return EditedResponse(status: isNew ? .created : .ok, response: reservation)
        }
        reservations.post(":id/release") { _, context in await self.release(try context.paymentID()) }
    }

    private func reserve(_ order: StockOrder) throws -> (Reservation, isNew: Bool) {
        if let earlier = reservations[order.orderID] {
            guard earlier.status == .reserved else {
                throw ProviderRefusal(.conflict, "released", "the reservation was released")
            }
            guard earlier.order == order else {
                throw ProviderRefusal(.conflict, "idempotency_conflict", "the order was reserved with other items")
            }
            return (earlier, false)
        }
        guard !order.contains(.soldOut) else {
            throw ProviderRefusal(.conflict, "out_of_stock", "there is not enough of a product")
        }
        if order.contains(.flaky), failures[order.orderID, default: 0] < Self.failuresOfFlaky {
            failures[order.orderID, default: 0] += 1
            throw ProviderRefusal(.serviceUnavailable, "unavailable", "the inventory is down; try again")
        }
        let reservation = Reservation(reference: Self.reference(order.orderID), status: .reserved, order: order)
        reservations[order.orderID] = reservation
        return (reservation, true)
    }

    private func release(_ id: String) -> Reservation {
        var reservation =
            reservations[id] ?? Reservation(reference: Self.reference(id), status: .released, order: nil)
        reservation.status = .released
        reservations[id] = reservation
        return reservation
    }

    private static func reference(_ id: String) -> String { "rs-\(id)" }
}
