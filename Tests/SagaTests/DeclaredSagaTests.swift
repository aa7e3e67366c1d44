import Foundation
import PaymentSaga
import Temporal
import TemporalTesting
import Testing

@Suite("A declared saga", .timeLimit(.minutes(5)))
struct DeclaredSagaTests {
    /// Runs the example with activities that note what they do; `failing` throws.
    private func run(
        failing: String? = nil, type: String = "Down", evictions: Double = 0
    ) async throws -> (result: Result<DeclaredSagaStatus, any Error>, journal: [String]) {
        let definition = try SagaDefinition(json: Data(contentsOf: SagaDefinitionTests.example)) { _ in 2 }
        let journal = Journal()
        var activities = Activities()
        for activity in DeclaredActivities.all {
            activities.register(activity) { input, _ in
                #expect(input == definition.saga.input)
                journal.add(activity.name)
                if activity.name == failing { throw ApplicationFailure("no", type: type) }
                return .string("did \(activity.name)")
            }
        }
        var faults = TestFaults()
        faults.evictions = evictions
        let result = try await TestEnvironment(faults: faults).withWorker(
            taskQueue: definition.taskQueue, workflows: [DeclaredSagaWorkflow.self], activities: activities
        ) { client -> Result<DeclaredSagaStatus, any Error> in
            let handle = try await client.startWorkflow(
                DeclaredSagaWorkflow.self, definition.saga,
                options: StartWorkflowOptions(id: definition.workflowID, taskQueue: definition.taskQueue))
            do { return .success(try await handle.result()) } catch { return .failure(error) }
        }
        return (result, journal.lines)
    }

    @Test("runs its steps in their order, each with the input as the file has it", arguments: [0.0, 1.0])
    func completed(evictions: Double) async throws {
        let run = try await run(evictions: evictions)
        let steps = [
            "ReserveInventoryActivity", "ChargePaymentActivity", "CreateShipmentActivity",
            "SendConfirmationEmailActivity",
        ]
        #expect(run.journal == steps)
        let status = try run.result.get()
        #expect(status.steps.map(\.name) == steps && status.steps.allSatisfy { $0.state == .succeeded })
        #expect(status.results["CreateShipmentActivity"] == .string("did CreateShipmentActivity"))
    }

    @Test("undoes its steps in reverse order after as many attempts as the file says, and fails with the step's error")
    func compensated() async throws {
        let run = try await run(failing: "CreateShipmentActivity")
        #expect(
            run.journal == ["ReserveInventoryActivity", "ChargePaymentActivity"]
                + Array(repeating: "CreateShipmentActivity", count: 3)
                + ["CancelShipmentActivity", "RefundPaymentActivity", "ReleaseInventoryActivity"])
        let error = #expect(throws: WorkflowFailedError.self) { try run.result.get() }
        #expect("\(try #require(error))".contains("step 3, CreateShipmentActivity, failed"))
    }

    @Test("is undone in time when a step takes too long for the workflow's time-out")
    func outOfTime() async throws {
        var saga = try SagaDefinition(json: Data(contentsOf: SagaDefinitionTests.example)) { _ in 2 }.saga
        saga.retries.maximumAttempts = 0
        let journal = Journal()
        var activities = Activities()
        for activity in DeclaredActivities.all {
            activities.register(activity) { _, _ in
                if activity.name == DeclaredActivities.chargePayment.name {
                    throw ApplicationFailure("no", type: "Down")
                }
                journal.add(activity.name)
                return .null
            }
        }
        let input = saga
        await #expect(throws: WorkflowFailedError.self) {
            try await TestEnvironment().withWorker(
                taskQueue: TaskQueues.orders, workflows: [DeclaredSagaWorkflow.self], activities: activities
            ) { client in
                let options = StartWorkflowOptions(
                    id: "slow", taskQueue: TaskQueues.orders, executionTimeout: .seconds(86_400),
                    runTimeout: .seconds(3600))
                _ = try await client.startWorkflow(DeclaredSagaWorkflow.self, input, options: options).result()
            }
        }
        #expect(
            journal.lines == ["ReserveInventoryActivity", "RefundPaymentActivity", "ReleaseInventoryActivity"])
    }

    @Test("does not try again what the file says is final")
    func final() async throws {
        let run = try await run(failing: "ChargePaymentActivity", type: "BusinessValidationError")
        #expect(
            run.journal == [
                "ReserveInventoryActivity", "ChargePaymentActivity", "RefundPaymentActivity",
                "ReleaseInventoryActivity",
            ])
    }
}
