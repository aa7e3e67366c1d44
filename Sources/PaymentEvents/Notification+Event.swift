public import SwiftProtobuf

extension NotificationRequested: PaymentEvent {
    /// Payment id and channel, for example `order-17/notification/email/requested`.
    public var eventID: String { "\(paymentID)/notification/\(channel.idPart)/requested" }

    /// `requested_at`.
    public var eventTime: Google_Protobuf_Timestamp? { hasRequestedAt ? requestedAt : nil }

    /// The user id, so that one user's messages stay in order.
    public var partitionKey: String { userID }
}

extension NotificationSent: PaymentEvent {
    /// Payment id and channel, for example `order-17/notification/email/sent`.
    public var eventID: String { "\(paymentID)/notification/\(channel.idPart)/sent" }

    /// `sent_at`.
    public var eventTime: Google_Protobuf_Timestamp? { hasSentAt ? sentAt : nil }

    /// The user id, so that one user's messages stay in order.
    public var partitionKey: String { userID }
}

extension NotificationChannel {
    fileprivate var idPart: String {
        switch self {
        case .email: "email"
        case .sms: "sms"
        case .unspecified: "unspecified"
        case .UNRECOGNIZED(let number): "\(number)"
        }
    }
}
