import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("The test environment, for workflows that are updated", .timeLimit(.minutes(5)))
struct BasketTests {
    private var options: StartWorkflowOptions { StartWorkflowOptions(id: "basket", taskQueue: "shop") }
    private let workflows: [any Workflow.Type] = [BasketWorkflow.self, VisitorWorkflow.self]

    private var activities: Activities {
        var activities = Activities()
        activities.register(BasketWorkflow.price) { item, _ in item.count }
        activities.register(BasketWorkflow.charge) { total, context in "\(total) paid, attempt \(context.attempt)" }
        return activities
    }

    private func kinds(_ environment: TestEnvironment, run: Int = 0) -> [EventType] {
        environment.histories[run].events.map(\.eventType)
    }

    /// Every run there was must replay.
    private func expectReplays(_ environment: TestEnvironment) async {
        for result in await WorkflowReplayer(workflows: workflows).replay(environment.histories) {
            #expect(result.verdict == .ok)
        }
    }

    @Test("Updates are accepted and answered; local activities run within them; the same id is the same update")
    func updates() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "shop", workflows: workflows, activities: activities) { client in
            let basket = try await client.startWorkflow(BasketWorkflow.self, 0, options: options)
            #expect(try await basket.executeUpdate(BasketWorkflow.add, "pear", id: "first") == 4)
            #expect(try await basket.executeUpdate(BasketWorkflow.add, "pear", id: "first") == 4)
            #expect(try await basket.updateHandle(for: BasketWorkflow.add, id: "first").result() == 4)
            let payment = try await basket.startUpdate(BasketWorkflow.pay, waitFor: .accepted)
            #expect(try await payment.result() == "4 paid, attempt 1")
            #expect(try await basket.result() == "4 paid, attempt 1")
            await #expect(throws: WorkflowNotFoundError.self) {
                try await basket.executeUpdate(BasketWorkflow.add, "too late")
            }
            let description = try await basket.describe().execution
            #expect(try description.memo["total"].map { try DataConverter.standard.decode(Int.self, from: $0) } == 4)
            #expect(description.searchAttributes[BasketWorkflow.customer] == "Ann")
        }
        #expect(kinds(environment).count { $0 == .workflowExecutionUpdateAccepted } == 2)
        #expect(kinds(environment).count { $0 == .markerRecorded } == 1)
        await expectReplays(environment)
    }

    @Test("A refused update throws what the validator threw, and leaves no trace", arguments: [0, 1])
    func refusal(evictions: Double) async throws {
        var faults = TestFaults()
        faults.evictions = evictions
        let environment = TestEnvironment(faults: faults)
        try await environment.withWorker(taskQueue: "shop", workflows: workflows, activities: activities) { client in
            let basket = try await client.startWorkflow(BasketWorkflow.self, 0, options: options)
            try await environment.settle()
            let before = environment.histories
            for _ in 1...2 {
                let error = await #expect(throws: WorkflowUpdateFailedError.self) {
                    try await basket.executeUpdate(BasketWorkflow.add, "")
                }
                #expect((error?.cause as? ApplicationFailure)?.type == "Nameless")
            }
            #expect(environment.histories == before)
            #expect(try await basket.executeUpdate(BasketWorkflow.add, "fig") == 3)
            try await basket.signal(BasketWorkflow.leave, NoValue())
            #expect(try await basket.result() == "left")
        }
        await expectReplays(environment)
    }

    @Test("An update starts the workflow it is for; one that is still at work when the run ends fails")
    func updateWithStart() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "shop", workflows: workflows, activities: activities) { client in
            let total = try await client.executeUpdateWithStart(
                BasketWorkflow.self, 10, update: BasketWorkflow.add, "kiwi", options: options)
            #expect(total == 14)
            let (again, basket) = try await client.startUpdateWithStart(
                BasketWorkflow.self, 99, update: BasketWorkflow.add, "fig", waitFor: .completed, options: options)
            #expect(try await again.result() == 17)
            environment.setDuration(of: BasketWorkflow.charge, to: .seconds(100))
            let payment = try await basket.startUpdate(BasketWorkflow.pay, waitFor: .accepted)
            try await basket.signal(BasketWorkflow.leave, NoValue())
            #expect(try await basket.result() == "left")
            let error = await #expect(throws: WorkflowUpdateFailedError.self) { try await payment.result() }
            #expect((error?.cause as? ApplicationFailure)?.type == "AcceptedUpdateCompletedWorkflow")
        }
        #expect(environment.histories.count == 1)
    }

    @Test("A run goes on as a new one, with what it was told and with its memo, under the same id")
    func continueAsNew() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "shop", workflows: workflows, activities: activities) { client in
            let basket = try await client.startWorkflow(BasketWorkflow.self, 0, options: options)
            for (item, total) in [("fig", 3), ("pear", 7), ("kiwi", 11)] {
                #expect(try await basket.executeUpdate(BasketWorkflow.add, item) == total)
            }
            try await environment.settle()
            let latest = client.handle(for: BasketWorkflow.self, id: "basket")
            #expect(try await latest.executeUpdate(BasketWorkflow.add, "plum") == 15)
            #expect(try await latest.executeUpdate(BasketWorkflow.pay) == "15 paid, attempt 1")
            #expect(try await basket.result() == "15 paid, attempt 1")
        }
        #expect(environment.histories.count == 2)
        #expect(kinds(environment).last == .workflowExecutionContinuedAsNew)
        let second = environment.histories[1].events.first?.workflowExecutionStartedEventAttributes
        #expect(second?.searchAttributes.indexedFields["Customer"] != nil)
        await expectReplays(environment)
    }

    @Test("An attempt lost with its worker ends by its heartbeat time-out, and the next is made")
    func lostAttempts() async throws {
        let environment = TestEnvironment()
        let begin = environment.now
        try await environment.withWorker(taskQueue: "shop", workflows: workflows, activities: activities) { client in
            environment.loseAttempts(2, of: BasketWorkflow.charge)
            let basket = try await client.startWorkflow(BasketWorkflow.self, 5, options: options)
            #expect(try await basket.executeUpdate(BasketWorkflow.pay) == "5 paid, attempt 3")
        }
        // Twice the time-out, and the pauses of one second and of two.
        #expect(environment.now.timeIntervalSince(begin) == 23)
    }

    @Test("An activity no worker takes in time fails, without another attempt; one that is taken in time does not")
    func waits() async throws {
        let environment = TestEnvironment()
        let begin = environment.now
        try await environment.withWorker(taskQueue: "shop", workflows: workflows, activities: activities) { client in
            let basket = try await client.startWorkflow(BasketWorkflow.self, 5, options: options)
            environment.setWait(of: BasketWorkflow.charge, to: .seconds(61))
            let error = await #expect(throws: WorkflowUpdateFailedError.self) {
                try await basket.executeUpdate(BasketWorkflow.pay)
            }
            #expect(((error?.cause as? ActivityFailure)?.cause as? TimeoutFailure)?.type == .scheduleToStart)
            #expect(environment.now.timeIntervalSince(begin) == 60)
            environment.setWait(of: BasketWorkflow.charge, to: .seconds(59))
            #expect(try await basket.executeUpdate(BasketWorkflow.pay) == "5 paid, attempt 1")
        }
        #expect(environment.now.timeIntervalSince(begin) == 119)
    }

    @Test("A failed workflow is tried again by its policy, and runs signal one another")
    func retriesAndSignals() async throws {
        let environment = TestEnvironment()
        let begin = environment.now
        try await environment.withWorker(taskQueue: "shop", workflows: workflows, activities: activities) { client in
            let basket = try await client.startWorkflow(BasketWorkflow.self, 0, options: options)
            var options = StartWorkflowOptions(id: "visitor", taskQueue: "shop")
            options.retryPolicy = RetryPolicy(initialInterval: .seconds(10), maximumAttempts: 5)
            let visitor = try await client.startWorkflow(VisitorWorkflow.self, "basket", options: options)
            #expect(try await visitor.result() == ["signalled", "not there"])
            #expect(try await basket.result() == "left")
        }
        #expect(environment.now.timeIntervalSince(begin) == 30)
        await expectReplays(environment)
    }
}
