import PaymentSaga

/// The body of `POST /notifications`.
struct MessageRequest: Encodable {
    let paymentID: String?
    let orderID: String?
    let userID: String
    let channel: NotificationOrder.Channel
    let status: String

    init(_ order: NotificationOrder) {
        paymentID = order.announcement.request.paymentID
        orderID = nil
        userID = order.announcement.request.userID
        channel = order.channel
        status = order.announcement.result.status.rawValue
    }

    init(_ confirmation: OrderConfirmation) {
        paymentID = nil
        orderID = confirmation.order.orderID
        userID = confirmation.order.customerID
        channel = confirmation.channel
        status = OrderStatusView.Status.fulfilled.rawValue
    }

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case orderID = "order_id"
        case userID = "user_id"
        case channel, status
    }
}

/// The answer to it.
struct AcceptedMessage: Decodable {
    let reference: String
}
