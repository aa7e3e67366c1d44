import Foundation
import Hummingbird
import Logging

/// The provider that sends mail and SMS. It sends nothing, but remembers what it was told to.
actor NotificationDesk {
    struct Order: Decodable, Hashable {
        enum Channel: String, Decodable { case email, sms }

        /// One of the two.
        let paymentID: String?
        let orderID: String?
        let userID: String
        let channel: Channel
        let status: String

        enum CodingKeys: String, CodingKey {
            case paymentID = "payment_id"
            case orderID = "order_id"
            case userID = "user_id"
            case channel, status
        }
    }

    struct Receipt: ResponseEncodable {
        /// The provider's own id of the message.
        let reference: String
    }

    private var receipts: [String: (order: Order, receipt: Receipt)] = [:]
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    nonisolated func addRoutes(to router: some RouterMethods<BasicRequestContext>) {
        router.post("notifications") { request, context in
            let key = try request.idempotencyKey()
            let order = try await request.providerBody(as: Order.self, context)
            guard order.paymentID != nil || order.orderID != nil else {
                throw ProviderRefusal(.badRequest, "invalid_request", "payment_id or order_id must be given")
            }
            return EditedResponse(status: .accepted, response: try await self.take(order, key: key))
        }
    }

    private func take(_ order: Order, key: String) throws -> Receipt {
        if let earlier = receipts[key] {
            guard earlier.order == order else {
                throw ProviderRefusal(
                    .conflict, "idempotency_conflict", "the Idempotency-Key was used for another message")
            }
            return earlier.receipt
        }
        let receipt = Receipt(reference: UUID().uuidString.lowercased())
        receipts[key] = (order, receipt)
        logger.debug(
            "notified",
            metadata: [
                "subject": "\(order.paymentID ?? order.orderID ?? "")", "channel": "\(order.channel.rawValue)",
            ])
        return receipt
    }
}
