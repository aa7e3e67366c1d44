import PaymentSaga

/// The body of `POST /notifications`.
struct MessageRequest: Encodable {
    let paymentID: String
    let userID: String
    let channel: NotificationOrder.Channel
    let status: PaymentStatusView.Status

    init(_ order: NotificationOrder) {
        paymentID = order.announcement.request.paymentID
        userID = order.announcement.request.userID
        channel = order.channel
        status = order.announcement.result.status
    }

    enum CodingKeys: String, CodingKey {
        case paymentID = "payment_id"
        case userID = "user_id"
        case channel, status
    }
}

/// The answer to it.
struct AcceptedMessage: Decodable {
    let reference: String
}
