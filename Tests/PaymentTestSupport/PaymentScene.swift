public import Foundation
public import PaymentSaga
public import Temporal
public import TemporalTesting

/// Payments in a Temporal server in memory, where time is virtual, and in a ``PaymentWorld``.
public struct PaymentScene: Sendable {
    public let environment: TestEnvironment
    public let world: PaymentWorld
    public var client: TemporalClient { environment.client }

    /// Runs `body` while workers serve the task queues of `services`.
    public static func run(
        seed: UInt64 = 1, faults: TestFaults = .init(), startTime: Date = Date(timeIntervalSince1970: 1_750_000_000),
        world: PaymentWorld = PaymentWorld(), services: [PaymentService] = PaymentService.allCases,
        _ body: @Sendable (PaymentScene) async throws -> Void
    ) async throws {
        let environment = TestEnvironment(seed: seed, faults: faults, startTime: startTime)
        let scene = PaymentScene(environment: environment, world: world)
        try await scene.serving(services) { try await body(scene) }
    }

    /// Without workers; see ``serving(_:_:)``.
    public init(environment: TestEnvironment = TestEnvironment(), world: PaymentWorld = PaymentWorld()) {
        self.environment = environment
        self.world = world
    }

    /// Runs `body` while workers serve the task queues of `services`.
    public func serving(_ services: [PaymentService], _ body: @Sendable () async throws -> Void) async throws {
        guard let service = services.first else { return try await body() }
        var activities = world.activities
        let archive = client
        activities.register(PaymentActivities.recall) { id, _ in
            let payment = archive.handle(for: PaymentWorkflow.self, id: id)
            return EndedPayment(input: PaymentInput(request: .sample(id)), result: try await payment.result())
        }
        try await environment.withWorker(
            taskQueue: service.taskQueue(), workflows: service.workflows, activities: activities
        ) { _ in
            try await serving(Array(services.dropFirst()), body)
        }
    }

    /// Starts a payment as the bridge does.
    @discardableResult
    public func start(
        _ request: PaymentRequest = .sample(), policy: PaymentPolicy = PaymentPolicy()
    ) async throws -> WorkflowHandle<PaymentWorkflow> {
        world.note(requested: request.paymentID)
        return try await client.startWorkflow(
            PaymentWorkflow.self, PaymentInput(request: request, policy: policy),
            options: StartWorkflowOptions(
                id: request.paymentID, taskQueue: TaskQueues.payments, idReusePolicy: .rejectDuplicate,
                searchAttributes: try PaymentAttributes.initial(of: request)))
    }

    public func handle(_ id: String = "p-1") -> WorkflowHandle<PaymentWorkflow> {
        client.handle(for: PaymentWorkflow.self, id: id)
    }

    /// What does not hold, ``Invariants``.
    public var violations: [String] { Invariants.violations(in: world.evidence) }
}

extension PaymentRequest {
    /// Ten euros from `user-1` to `shop-1`.
    public static func sample(
        _ id: String = "p-1", user: String = "user-1", minorUnits: Int64 = 10_00
    ) -> PaymentRequest {
        PaymentRequest(
            paymentID: id, userID: user, merchantID: "shop-1", amount: Amount(currency: "EUR", minorUnits: minorUnits),
            methodType: "card", methodToken: "tok_ok")
    }
}

extension Confirmation {
    public static func approved(_ id: String = "c-1") -> Confirmation {
        Confirmation(confirmationID: id, status: .approved, gatewayReference: "charge", reason: "")
    }

    public static func declined(_ id: String = "c-1") -> Confirmation {
        Confirmation(confirmationID: id, status: .declined, gatewayReference: "charge", reason: "no cover")
    }
}
