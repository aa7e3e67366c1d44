import Foundation
public import Ledger
import PaymentSaga
public import Temporal

/// Everything a payment's workflow asks for, done with the ledger, the providers and the broker given.
public struct PaymentServices: Sendable {
    private let ledger: PaymentLedger
    private let gateway: GatewayClient
    private let fraud: FraudClient
    private let notifications: NotificationClient
    private let events: EventPublisher
    private let settlements: SettlementCollector?

    /// - Parameters:
    ///   - ledger: Where the money is. Users' accounts have the user id as id, merchants' the merchant id; clearing
    ///     accounts are opened when needed, see ``ClearingAccount``.
    ///   - gateway: Where payments are submitted.
    ///   - fraud: Who scores them.
    ///   - notifications: Who tells the users.
    ///   - events: Where outcomes go.
    ///   - settlements: Who is told of settled payments; nobody unless given.
    public init(
        ledger: any Ledger, gateway: GatewayClient, fraud: FraudClient, notifications: NotificationClient,
        events: EventPublisher, settlements: SettlementCollector? = nil
    ) {
        self.ledger = PaymentLedger(ledger: ledger)
        self.gateway = gateway
        self.fraud = fraud
        self.notifications = notifications
        self.events = events
        self.settlements = settlements
    }

    /// The implementation of every one of `PaymentActivities`, for a worker.
    public var activities: Activities {
        var activities = Activities()
        activities.register(PaymentActivities.validate) { [ledger] request, _ in try await ledger.validate(request) }
        activities.register(PaymentActivities.authorise) { [ledger] request, _ in try await ledger.authorise(request) }
        activities.register(PaymentActivities.settle) { [ledger, settlements] request, context in
            try await ledger.settle(request)
            try await settlements?.collect(request, context)
            return NoValue()
        }
        activities.register(PaymentActivities.returnFunds) { [ledger] request, _ in
            try await ledger.returnFunds(request)
            return NoValue()
        }
        activities.register(PaymentActivities.assessFraud) { [fraud] request, _ in try await fraud.assess(request) }
        activities.register(PaymentActivities.submit) { [gateway] request, context in
            try await gateway.submit(request, attempt: context.attempt)
        }
        activities.register(PaymentActivities.void) { [gateway] request, _ in
            try await gateway.void(request)
            return NoValue()
        }
        activities.register(PaymentActivities.publishOutcome) { [events] announcement, _ in
            try await events.publish(announcement)
            return NoValue()
        }
        activities.register(PaymentActivities.notify) { [notifications, events] order, _ in
            let reference = try await notifications.send(order)
            try await events.publish(sent: order, reference: reference, sentAt: Date())
            return NoValue()
        }
        return activities
    }
}
