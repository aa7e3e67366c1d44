import Ledger
import Logging
import Temporal

/// What a worker looks at from time to time for the metrics.
struct WorkerWatches: Sendable {
    private let strandedAfter: Duration
    private let ordersStrandedAfter: Duration
    private let auditInterval: Duration
    private let logger: Logger

    init(_ settings: Settings, _ logger: Logger) throws(CommandFailure) {
        strandedAfter = try settings.duration(.strandedAfter, default: .seconds(900))
        ordersStrandedAfter = try settings.duration(.ordersStrandedAfter, default: .seconds(3 * 3600))
        auditInterval = try settings.duration(.ledgerVerifyInterval, default: .seconds(3600))
        self.logger = logger
    }

    /// Watches until the task is cancelled.
    /// - Parameter ledger: Nil in a worker that has none.
    func start(_ client: TemporalClient, _ ledger: (any Ledger)?) -> Task<Void, Never> {
        Task {
            async let payments: Void = OpenWorkflowWatch.payments(client, limit: strandedAfter, logger: logger).run()
            async let orders: Void = OpenWorkflowWatch.orders(client, limit: ordersStrandedAfter, logger: logger).run()
            if let ledger { await LedgerWatch(ledger: ledger, interval: auditInterval, logger: logger).run() }
            _ = await (payments, orders)
        }
    }
}
