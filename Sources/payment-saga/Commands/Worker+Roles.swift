import Logging
import PaymentSaga
import PaymentServices
import Temporal

extension Worker {
    /// The worker of orders and declared sagas.
    static func orders(_ services: OrderServices, client: TemporalClient, logger: Logger) -> Worker {
        Worker(
            client: client, configuration: WorkerConfiguration(taskQueue: TaskQueues.orders),
            workflows: [OrderFulfilmentWorkflow.self, DeclaredSagaWorkflow.self], activities: services.activities,
            logger: logger)
    }

    /// The worker of settlement and reconciliation.
    static func settlement(_ services: SettlementServices, client: TemporalClient, logger: Logger) -> Worker {
        Worker(
            client: client, configuration: WorkerConfiguration(taskQueue: TaskQueues.settlement),
            workflows: [SettlementWorkflow.self, ReconciliationWorkflow.self], activities: services.activities,
            logger: logger)
    }

    /// Runs all of them; when one fails, or the task is cancelled, all end in order.
    static func run(_ workers: [Worker]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { try await worker.run() } }
            try await group.waitForAll()
        }
    }
}
