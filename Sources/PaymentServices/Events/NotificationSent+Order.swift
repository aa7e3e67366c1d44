import Foundation
import PaymentEvents
import PaymentSaga
import SwiftProtobuf

extension NotificationSent {
    init(_ order: NotificationOrder, reference: String, sentAt: Date) {
        self.init()
        paymentID = order.announcement.request.paymentID
        userID = order.announcement.request.userID
        channel =
            switch order.channel {
            case .email: .email
            case .sms: .sms
            }
        providerReference = reference
        self.sentAt = Google_Protobuf_Timestamp(milliseconds: sentAt)
    }
}
