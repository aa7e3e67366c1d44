import PaymentSaga
public import Temporal

/// Everything settlement and reconciliation ask for, done with the broker, the ledger and the gateway given.
public struct SettlementServices: Sendable {
    private let events: EventPublisher
    private let reconciliation: Reconciliation

    /// - Parameters:
    ///   - events: Where batches and differences go.
    ///   - reconciliation: What compares.
    public init(events: EventPublisher, reconciliation: Reconciliation) {
        self.events = events
        self.reconciliation = reconciliation
    }

    /// The implementation of every one of `SettlementActivities`, for a worker.
    public var activities: Activities {
        var activities = Activities()
        activities.register(SettlementActivities.publish) { [events] announcement, _ in
            try await events.publish(announcement)
            return NoValue()
        }
        activities.register(SettlementActivities.reconcile) { [events, reconciliation] state, context in
            try await reconciliation.run(from: state, publishingTo: events) { await context.heartbeat() }
        }
        return activities
    }
}
