import PaymentEvents
import SwiftProtobuf

/// One valid event of each kind.
enum SampleEvents {
    static let time = Google_Protobuf_Timestamp(seconds: 1_767_323_045, nanos: 250_000_000)
    static let amount = Money.with {
        $0.currency = "EUR"
        $0.minorUnits = 2_599
    }

    static let request = PaymentRequested.with {
        $0.paymentID = "order-17"
        $0.userID = "user-3"
        $0.amount = amount
        $0.paymentMethod.type = "card"
        $0.paymentMethod.token = "tok_secret_4f"
        $0.merchantID = "merchant-9"
        $0.requestedAt = time
        $0.metadata = ["cart": "88", "campaign": "winter"]
    }

    static let confirmation = GatewayConfirmation.with {
        $0.confirmationID = "c-1"
        $0.paymentID = "order-17"
        $0.gatewayReference = "gw-55"
        $0.status = .declined
        $0.reason = "do not honour"
        $0.occurredAt = time
    }

    static let cancellation = CancellationRequested.with {
        $0.paymentID = "order-17"
        $0.requestedBy = "user-3"
        $0.reason = "ordered twice"
    }

    static let outcome = PaymentOutcome.with {
        $0.paymentID = "order-17"
        $0.userID = "user-3"
        $0.amount = amount
        $0.status = .failed
        $0.reasonCode = .insufficientFunds
        $0.reason = "the balance is too low"
        $0.gatewayReference = "gw-55"
        $0.completedAt = time
    }

    static let notificationRequest = NotificationRequested.with {
        $0.paymentID = "order-17"
        $0.userID = "user-3"
        $0.channel = .email
        $0.status = .succeeded
        $0.amount = amount
        $0.requestedAt = time
    }

    static let notificationSent = NotificationSent.with {
        $0.paymentID = "order-17"
        $0.userID = "user-3"
        $0.channel = .sms
        $0.providerReference = "m-8"
        $0.sentAt = time
    }

    static let all: [any PaymentEvent] = [
        request, confirmation, cancellation, outcome, notificationRequest, notificationSent,
    ]
}
