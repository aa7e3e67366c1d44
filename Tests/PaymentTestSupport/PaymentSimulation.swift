import PaymentSaga
import Temporal
import TemporalTesting

/// Random payments in a server in memory, with faults everywhere. What happens follows from the seed.
public struct PaymentSimulation: Sendable {
    /// What came of one batch of payments.
    public struct Report: Sendable {
        public let seed: UInt64
        public let payments: Int
        /// What does not hold; each names its payment.
        public let violations: [String]
        /// How many payments ended how.
        public let outcomes: [String: Int]
    }

    /// Payments that share a server and its faults.
    public static let batchSize = 50

    private let seed: UInt64
    private let plans: [SimulationPlan]

    /// - Parameter seed: The same seed makes the same batch.
    public init(seed: UInt64, payments: Int = batchSize) {
        var random = SplitMix(seed: seed)
        self.seed = seed
        plans = (1...payments).map { SimulationPlan(number: $0, &random) }
    }

    /// Runs many batches, `parallel` at a time, with consecutive seeds.
    /// - Parameter progress: Called after each batch.
    public static func run(
        payments: Int, seed: UInt64, parallel: Int, progress: @Sendable (Report) -> Void = { _ in }
    ) async throws {
        let batches = UInt64((payments + batchSize - 1) / batchSize)
        try await withThrowingTaskGroup(of: Report.self) { group in
            for index in 0..<batches {
                if index >= parallel, let report = try await group.next() { progress(report) }
                let batch = PaymentSimulation(seed: seed &+ index)
                group.addTask { try await batch.run() }
            }
            for try await report in group { progress(report) }
        }
    }

    /// Runs the batch to its end.
    public func run() async throws -> Report {
        let world = PaymentWorld(users: (0..<5).map { "user-\($0)" }, balance: 100_00)
        prepare(world)
        let scene = PaymentScene(environment: TestEnvironment(seed: seed, faults: Self.faults), world: world)
        try await scene.serving(PaymentService.allCases) { try await play(on: scene) }
        let evidence = world.evidence
        return Report(
            seed: seed, payments: plans.count, violations: Invariants.violations(in: evidence),
            outcomes: Dictionary(grouping: Set(evidence.outcomes), by: \.status).mapValues(\.count))
    }

    private static var faults: TestFaults {
        var faults = TestFaults()
        faults.evictions = 0.02
        faults.workflowTaskTimeouts = 0.01
        faults.lostCompletions = 0.01
        faults.slowWorkflowTasks = 0.02
        faults.activityFailures = 0.02
        faults.activityTimeouts = 0.02
        faults.lateActivities = 0.05
        faults.shufflesTasks = true
        return faults
    }

    private func prepare(_ world: PaymentWorld) {
        if seed.isMultiple(of: 4) { world.slowSettlementDown() }
        for plan in plans {
            if plan.isSuspicious { world.suspect(plan.request.paymentID) }
            if plan.isDeclined { world.decline(plan.request.paymentID) }
            if let code = plan.refusal { world.refuse(plan.request.paymentID, code) }
        }
        let seed = seed
        world.setFaults { activity, paymentID, number in
            var random = SplitMix(
                seed: "\(activity) \(paymentID) \(number)".utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
            // The fraud check pauses between attempts in real time.
            guard activity != PaymentActivities.assessFraud.name || random.happens(10) else { return nil }
            switch random.below(1000) {
            case 0..<30: return .errorBeforeEffect
            case 30..<60: return .errorAfterEffect
            case 60..<90: return .duplicate
            // What the gateway is asked to take may always be tried again.
            case 90..<94:
                return activity.hasPrefix("gateway.submit") || activity.hasPrefix("gateway.inquire") ? nil : .finalError
            default: return nil
            }
        }
    }

    private func play(on scene: PaymentScene) async throws {
        for plan in plans { try await scene.start(plan.request, policy: plan.policy) }
        var messages: [(time: Int, plan: SimulationPlan, message: SimulationPlan.Message)] = []
        for plan in plans { messages += plan.messages.map { ($0.time, plan, $0.message) } }
        var now = 0
        for (time, plan, message) in messages.sorted(by: { $0.time < $1.time }) {
            if time > now { try await scene.environment.sleep(for: .milliseconds(time - now)) }
            now = time
            try await send(message, plan, scene)
        }
        for plan in plans { _ = try await scene.handle(plan.request.paymentID).result() }
        for plan in plans {
            let late = scene.client.handle(
                for: LateConfirmationWorkflow.self, id: LateConfirmationWorkflow.id(of: plan.request.paymentID))
            do { _ = try await late.result() } catch is WorkflowNotFoundError {}
        }
    }

    /// As the bridge does it.
    private func send(
        _ message: SimulationPlan.Message, _ plan: SimulationPlan, _ scene: PaymentScene
    ) async throws {
        let id = plan.request.paymentID
        let payment = scene.handle(id)
        let cancellation = Cancellation(requestedBy: plan.request.userID, reason: "changed my mind")
        do {
            switch message {
            case .confirmation(let confirmation): try await payment.signal(PaymentWorkflow.confirmation, confirmation)
            case .cancel(isUpdate: false): try await payment.signal(PaymentWorkflow.cancel, cancellation)
            case .cancel(isUpdate: true):
                _ = try await payment.executeUpdate(PaymentWorkflow.requestCancel, cancellation)
            case .cancelWorkflow: try await payment.cancel()
            case .approve(let isApproved):
                let decision = ApprovalDecision(decidedBy: "eve")
                try await payment.signal(isApproved ? PaymentWorkflow.approve : PaymentWorkflow.reject, decision)
            }
        } catch is WorkflowUpdateFailedError {
            // Too late, and told so.
        } catch is WorkflowNotFoundError {
            guard case .confirmation(let confirmation) = message else { return }
            try await handOver(confirmation, plan, scene)
        }
    }

    private func handOver(
        _ confirmation: Confirmation, _ plan: SimulationPlan, _ scene: PaymentScene
    ) async throws {
        let id = plan.request.paymentID
        let payment = EndedPayment(
            input: PaymentInput(request: plan.request, policy: plan.policy),
            result: try await scene.handle(id).result())
        do {
            _ = try await scene.client.startWorkflow(
                LateConfirmationWorkflow.self,
                LateConfirmation(paymentID: id, confirmation: confirmation, payment: payment),
                options: StartWorkflowOptions(
                    id: LateConfirmationWorkflow.id(of: id), taskQueue: TaskQueues.payments,
                    idReusePolicy: .rejectDuplicate))
        } catch is WorkflowAlreadyStartedError {
            // The first late confirmation counts.
        }
    }
}
