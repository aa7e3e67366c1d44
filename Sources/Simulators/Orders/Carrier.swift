import Hummingbird

/// The carrier: at most one shipment an order, which takes a while to prepare.
actor Carrier {
    struct Shipment: ResponseEncodable {
        enum Status: String, Encodable { case preparing, ready, cancelled }

        let reference: String
        let status: Status
    }

    private struct Entry {
        /// Nil when the shipment was cancelled before it was asked for.
        let order: StockOrder?
        let readyAt: ContinuousClock.Instant
        var isCancelled: Bool
    }

    private static let slowness = 10

    private let preparationTime: Duration
    private var entries: [String: Entry] = [:]

    init(preparationTime: Duration) { self.preparationTime = preparationTime }

    nonisolated func addRoutes(to router: some RouterMethods<BasicRequestContext>) {
        let shipments = router.group("shipping/shipments")
        shipments.post { request, context in
            let shipment = try await self.create(try await request.stockOrder(context))
            return EditedResponse(status: .accepted, response: shipment)
        }
        shipments.get(":id") { _, context in try await self.find(try context.paymentID()) }
        shipments.post(":id/cancel") { _, context in await self.cancel(try context.paymentID()) }
    }

    private func create(_ order: StockOrder) throws -> Shipment {
        if let earlier = entries[order.orderID] {
            guard !earlier.isCancelled else {
                throw ProviderRefusal(.conflict, "cancelled", "the shipment was cancelled")
            }
            guard earlier.order == order else {
                throw ProviderRefusal(.conflict, "idempotency_conflict", "the order is shipped with other items")
            }
            return shipment(order.orderID, earlier)
        }
        guard !order.contains(.unshippable) else {
            throw ProviderRefusal(.unprocessableContent, "refused", "a product may not be shipped")
        }
        let time = order.contains(.slow) ? preparationTime * Self.slowness : preparationTime
        let entry = Entry(order: order, readyAt: .now + time, isCancelled: false)
        entries[order.orderID] = entry
        return shipment(order.orderID, entry)
    }

    private func find(_ id: String) throws -> Shipment {
        guard let entry = entries[id] else {
            throw ProviderRefusal(.notFound, "not_found", "no shipment of this order is known")
        }
        return shipment(id, entry)
    }

    private func cancel(_ id: String) -> Shipment {
        var entry = entries[id] ?? Entry(order: nil, readyAt: .now, isCancelled: true)
        entry.isCancelled = true
        entries[id] = entry
        return shipment(id, entry)
    }

    private func shipment(_ id: String, _ entry: Entry) -> Shipment {
        let status: Shipment.Status = entry.isCancelled ? .cancelled : entry.readyAt <= .now ? .ready : .preparing
        return Shipment(reference: "sh-\(id)", status: status)
    }
}
