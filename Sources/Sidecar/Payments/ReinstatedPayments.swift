import PaymentSaga
import Temporal

/// The payments that late confirmations have reinstated, as Temporal's index knows them: the latest of them, looked up every few
/// seconds at most.
actor ReinstatedPayments {
    /// How many are known: more would make queries too long.
    private static let limit = 1000
    private static let lifetime = Duration.seconds(5)

    private let client: TemporalClient
    private var latest: (lookup: Task<Set<String>, any Error>, startedAt: ContinuousClock.Instant)?

    init(client: TemporalClient) { self.client = client }

    /// - Throws: What the search throws.
    var ids: Set<String> {
        get async throws {
            if let latest, .now - latest.startedAt < Self.lifetime { return try await latest.lookup.value }
            let lookup = Task { [client] in
                var ids: Set<String> = []
                for try await workflow in client.listWorkflows(VisibilityQuery.reinstatements) {
                    if let id = LateConfirmationWorkflow.paymentID(of: workflow.workflowID) { ids.insert(id) }
                    if ids.count == Self.limit { break }
                }
                return ids
            }
            latest = (lookup, .now)
            return try await lookup.value
        }
    }
}
