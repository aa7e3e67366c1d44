import Foundation
import Logging
public import PaymentSaga
public import Temporal
import TemporalTestSupport

/// Payments on the real development server, in a ``PaymentWorld``, on task queues of their own.
public struct LivePayments: Sendable {
    public let client: TemporalClient
    public let world: PaymentWorld
    private let queue: String
    /// Where the server listens.
    public let address: String

    /// Runs `body` while workers serve all services.
    public static func run(_ body: @escaping @Sendable (LivePayments) async throws -> Void) async throws {
        let server = try await TemporalDevServer.shared()
        let target = ChannelTarget(host: server.host, port: server.port)
        let client = TemporalClient(try await TemporalConnection.connect(.init(target: target)))
        let payments = LivePayments(
            client: client, world: PaymentWorld(), queue: "payments-\(UUID().uuidString.prefix(8).lowercased())",
            address: "\(server.host):\(server.port)")
        let activities = payments.world.activities
        try await withThrowingTaskGroup { group in
            for service in PaymentService.allCases {
                let worker = Worker(
                    client: client,
                    configuration: WorkerConfiguration(taskQueue: service.taskQueue(of: payments.queue)),
                    workflows: service.workflows, activities: activities,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                group.addTask { try await worker.run() }
            }
            group.addTask { try await body(payments) }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Starts a payment as the bridge does.
    public func start(
        _ id: String, policy: PaymentPolicy = PaymentPolicy()
    ) async throws -> WorkflowHandle<PaymentWorkflow> {
        let request = PaymentRequest.sample(id)
        return try await client.startWorkflow(
            PaymentWorkflow.self, PaymentInput(request: request, policy: policy),
            options: StartWorkflowOptions(
                id: id, taskQueue: queue, idReusePolicy: .rejectDuplicate,
                searchAttributes: try PaymentAttributes.initial(of: request)))
    }

    /// Returns when the payment has come to a step, or is stuck at it.
    public func wait(for step: String, _ payment: WorkflowHandle<PaymentWorkflow>, isStuck: Bool = false) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            // A query is tried once, and a busy machine may let it expire.
            let view = try? await payment.query(PaymentWorkflow.status)
            if step == (isStuck ? view?.stuckStep : view?.stage) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ApplicationFailure("the payment did not come to \(step)", type: "Deadline")
    }
}
