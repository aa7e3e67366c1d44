import Foundation
public import Ledger
import PaymentSaga
public import Temporal

/// What a payment's workflow asks for, done with the ledger, the providers and the broker given. What is not given is left to other workers.
public struct PaymentServices: Sendable {
    private let ledger: PaymentLedger?
    private let gateway: GatewayClient?
    private let fraud: FraudClient?
    private let notifications: NotificationClient?
    private let events: EventPublisher?
    private let archive: PaymentArchive?
    private let settlements: SettlementCollector?

    /// - Parameters:
    ///   - ledger: Where the money is. Users' accounts have the user id as id, merchants' the merchant id; clearing
    ///     accounts are opened when needed, see ``ClearingAccount``.
    ///   - gateway: Where payments are submitted.
    ///   - fraud: Who scores them.
    ///   - notifications: Who tells the users; needs `events` too.
    ///   - events: Where outcomes go.
    ///   - archive: Where payments that have ended are looked up.
    ///   - settlements: Who is told of settled payments; nobody unless given.
    public init(
        ledger: (any Ledger)? = nil, gateway: GatewayClient? = nil, fraud: FraudClient? = nil,
        notifications: NotificationClient? = nil, events: EventPublisher? = nil, archive: PaymentArchive? = nil,
        settlements: SettlementCollector? = nil
    ) {
        self.ledger = ledger.map(PaymentLedger.init)
        self.gateway = gateway
        self.fraud = fraud
        self.notifications = notifications
        self.events = events
        self.archive = archive
        self.settlements = settlements
    }

    /// The implementations of those `PaymentActivities` that the services given can do, for a worker.
    public var activities: Activities {
        var activities = Activities()
        if let ledger { register(ledger, in: &activities) }
        if let gateway { Self.register(gateway, in: &activities) }
        if let fraud {
            activities.register(PaymentActivities.assessFraud) { request, _ in try await fraud.assess(request) }
        }
        if let events {
            activities.register(counting: PaymentActivities.publishOutcome) { announcement, _ in
                try await events.publish(announcement)
                return NoValue()
            }
        }
        if let notifications, let events {
            activities.register(counting: PaymentActivities.notify) { order, _ in
                let reference = try await notifications.send(order)
                try await events.publish(sent: order, reference: reference, sentAt: Date())
                return NoValue()
            }
        }
        if let archive {
            activities.register(PaymentActivities.recall) { paymentID, _ in try await archive.recall(paymentID) }
        }
        return activities
    }

    private func register(_ ledger: PaymentLedger, in activities: inout Activities) {
        activities.register(counting: PaymentActivities.validate) { request, _ in try await ledger.validate(request) }
        activities.register(counting: PaymentActivities.authorise) { request, _ in
            try await ledger.authorise(request)
        }
        activities.register(counting: PaymentActivities.settle) { [settlements] request, context in
            try await ledger.settle(request)
            guard let settlements else { return SettleResult() }
            return SettleResult(isLeftToCollect: try await !settlements.collectAtOnce(request, context.logger))
        }
        activities.register(counting: PaymentActivities.collect) { [settlements] request, _ in
            try await settlements?.collect(request)
            return NoValue()
        }
        activities.register(counting: PaymentActivities.returnFunds) { request, _ in
            try await ledger.returnFunds(request)
            return NoValue()
        }
        activities.register(counting: PaymentActivities.reinstate) { [settlements] request, _ in
            let answer = try await ledger.reinstate(request)
            if answer.refusal == nil { try await settlements?.collect(request) }
            return answer
        }
    }

    private static func register(_ gateway: GatewayClient, in activities: inout Activities) {
        activities.register(counting: PaymentActivities.submit) { request, context in
            try await gateway.submit(request, attempt: context.attempt)
        }
        activities.register(counting: PaymentActivities.inquire) { request, context in
            try await gateway.inquire(request) { await context.heartbeat() }
        }
        activities.register(counting: PaymentActivities.void) { request, _ in
            try await gateway.void(request)
            return NoValue()
        }
        activities.register(counting: PaymentActivities.refund) { request, _ in
            try await gateway.refund(request)
            return NoValue()
        }
    }
}
