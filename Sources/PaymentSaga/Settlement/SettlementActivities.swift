public import Foundation
public import Temporal

/// What settlement and reconciliation ask of the services around them.
public enum SettlementActivities {
    /// Publishes a batch.
    public static let publish = ActivityType<SettlementAnnouncement, NoValue>("events.publish-settlement")
    /// Compares a stretch of the ledger with the gateway and the outcome events, publishes the differences, and heartbeats meanwhile.
    public static let reconcile = ActivityType<ReconciliationState, ReconciliationReport>("reconciliation.run")
}

/// How far reconciliation has come: for each clearing account, its last posting that needs no further look.
public struct ReconciliationState: Codable, Sendable, Hashable {
    /// The place of the posting's transfer in the ledger, by account.
    public var positions: [String: Int64]
    /// Outcomes of payments that ended before need no further look.
    public var checkedUntil: Date
    /// Payments that began so much earlier are expected to have ended, in milliseconds.
    public var graceMilliseconds: Int64

    public init(
        positions: [String: Int64] = [:], checkedUntil: Date = Date(timeIntervalSince1970: 0),
        graceMilliseconds: Int64 = 900_000
    ) {
        self.positions = positions
        self.checkedUntil = checkedUntil
        self.graceMilliseconds = graceMilliseconds
    }
}

/// What reconciliation found: the result of ``ReconciliationWorkflow``.
public struct ReconciliationReport: Codable, Sendable, Hashable {
    /// How many payments were compared.
    public var compared: Int
    /// How many of them differ; each is published.
    public var differences: Int
    public var completedAt: Date
    /// Where the next run begins.
    public var next: ReconciliationState

    public init(compared: Int, differences: Int, completedAt: Date, next: ReconciliationState) {
        self.compared = compared
        self.differences = differences
        self.completedAt = completedAt
        self.next = next
    }
}

extension TaskQueues {
    /// Settlement and reconciliation.
    public static let settlement = "settlement"
}
