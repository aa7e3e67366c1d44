import Foundation
import Synchronization
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("The test environment", .timeLimit(.minutes(5)))
struct TestEnvironmentTests {
    private var options: StartWorkflowOptions { StartWorkflowOptions(id: "order", taskQueue: "shop") }

    private var activities: Activities {
        var activities = Activities()
        activities.register(OrderWorkflow.charge) { amount, _ in "receipt for \(amount)" }
        activities.register(OrderWorkflow.refund) { _, _ in NoValue() }
        return activities
    }

    @Test("A month passes in no time, and the clock says so")
    func month() async throws {
        let environment = TestEnvironment()
        let begin = environment.now
        try await environment.withWorker(taskQueue: "shop", workflows: [OrderWorkflow.self]) { client in
            let order = try await client.startWorkflow(OrderWorkflow.self, 10, options: options)
            #expect(try await order.result() == "given up")
        }
        #expect(environment.now.timeIntervalSince(begin) == 30 * 86_400)
    }

    @Test(
        "A worker may be configured as the one in production is: an error of its list fails the workflow, not the task")
    func configuration() async throws {
        let environment = TestEnvironment()
        var configuration = WorkerConfiguration(
            taskQueue: "shop", maximumCachedWorkflows: 0, failureErrorTypes: [Bug.self])
        configuration.isStrict = false
        try await environment.withWorker(configuration, workflows: [BuggyWorkflow.self]) { client in
            let handle = try await client.startWorkflow(BuggyWorkflow.self, options: options)
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect((error?.cause as? ApplicationFailure)?.type == "Bug")
        }
        // Nothing in memory: the server was never told where the run is kept.
        let tasks = environment.histories[0].events.filter { $0.eventType == .workflowTaskScheduled }
        #expect(tasks.allSatisfy { $0.workflowTaskScheduledEventAttributes.taskQueue.kind != .sticky })
    }

    @Test("Signals and queries reach the workflow, and activities are what the test says they are")
    func signalsAndQueries() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(
            taskQueue: "shop", workflows: [OrderWorkflow.self], activities: activities
        ) { client in
            let order = try await client.startWorkflow(OrderWorkflow.self, 10, options: options)
            #expect(try await order.query(OrderWorkflow.state) == "waiting")
            try await environment.sleep(for: .seconds(86_400))
            #expect(try await order.query(OrderWorkflow.state) == "waiting")
            try await order.signal(OrderWorkflow.approve, "Ann")
            #expect(try await order.query(OrderWorkflow.state) == "charged")
            #expect(try await order.result() == "receipt for 10, approved by Ann")
            #expect(try await order.describe().status == .completed)
        }
    }

    @Test("Cancellation reaches the workflow, and what is shielded is done")
    func cancellation() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(
            taskQueue: "shop", workflows: [OrderWorkflow.self], activities: activities
        ) { client in
            let order = try await client.startWorkflow(OrderWorkflow.self, 10, options: options)
            try await order.signal(OrderWorkflow.approve, "Ann")
            try await environment.settle()
            try await order.cancel()
            await #expect(throws: WorkflowFailedError.self) { try await order.result() }
            #expect(try await order.query(OrderWorkflow.state) == "refunded")
            #expect(try await order.describe().status == .canceled)
        }
    }

    @Test("An activity that fails is tried again after the pauses of its policy, in virtual time")
    func retries() async throws {
        let environment = TestEnvironment()
        let begin = environment.now
        let attempts = Mutex<[TimeInterval]>([])
        var activities = activities
        activities.register(OrderWorkflow.charge) { amount, context in
            attempts.withLock { $0.append(environment.now.timeIntervalSince(begin)) }
            guard context.attempt == 4 else { throw ApplicationFailure("bank closed", type: "Closed") }
            return "late receipt"
        }
        try await environment.withWorker(
            taskQueue: "shop", workflows: [OrderWorkflow.self], activities: activities
        ) { client in
            let order = try await client.startWorkflow(OrderWorkflow.self, 10, options: options)
            try await order.signal(OrderWorkflow.approve, "Ann")
            #expect(try await order.result() == "late receipt, approved by Ann")
        }
        #expect(attempts.withLock { $0 } == [0, 1, 3, 7])
    }

    @Test("An activity said to take long takes that long, and times out when its limit is shorter")
    func durations() async throws {
        let environment = TestEnvironment()
        let begin = environment.now
        try await environment.withWorker(
            taskQueue: "shop", workflows: [OrderWorkflow.self], activities: activities
        ) { client in
            environment.setDuration(of: OrderWorkflow.charge, to: .seconds(50))
            let order = try await client.startWorkflow(OrderWorkflow.self, 10, options: options)
            try await order.signal(OrderWorkflow.approve, "Ann")
            _ = try await order.result()
            #expect(environment.now.timeIntervalSince(begin) == 3_650)

            environment.setDuration(of: OrderWorkflow.charge, to: .seconds(61))
            let second = try await client.startWorkflow(OrderWorkflow.self, 10, options: options)
            try await second.signal(OrderWorkflow.approve, "Ann")
            try await environment.sleep(for: .seconds(200))
            #expect(try await second.query(OrderWorkflow.state) == "charging")
            environment.setDuration(of: OrderWorkflow.charge, to: .zero)
            #expect(try await second.result() == "receipt for 10, approved by Ann")
        }
    }

    @Test("Children run, and can be signalled by their ids")
    func children() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(
            taskQueue: "shop", workflows: [OrderWorkflow.self, DoubleOrderWorkflow.self], activities: activities
        ) { client in
            let double = try await client.startWorkflow(DoubleOrderWorkflow.self, 5, options: options)
            for part in ["a", "b"] {
                try environment.signal(
                    workflowID: "order-\(part)", OrderWorkflow.approve, "Ben", after: .seconds(part == "a" ? 5 : 7_200))
            }
            let result = try await double.result()
            #expect(result == ["receipt for 5, approved by Ben", "receipt for 5, approved by Ben"])
        }
    }

    @Test("Rules of the server hold: an id is taken while its run is open, and after it closed is not")
    func ids() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "shop", workflows: [OrderWorkflow.self]) { client in
            let order = try await client.startWorkflow(OrderWorkflow.self, 10, options: options)
            await #expect(throws: WorkflowAlreadyStartedError.self) {
                try await client.startWorkflow(OrderWorkflow.self, 10, options: options)
            }
            try await order.terminate(reason: "enough")
            await #expect(throws: WorkflowFailedError.self) { try await order.result() }
            await #expect(throws: WorkflowNotFoundError.self) { try await order.signal(OrderWorkflow.approve, "Ann") }
            _ = try await client.startWorkflow(OrderWorkflow.self, 10, options: options)
        }
    }

    @Test("A wait that nothing can end is reported, instead of going on for ever")
    func stuck() async throws {
        let environment = TestEnvironment(patience: .milliseconds(100))
        try await environment.withWorker(taskQueue: "shop", workflows: [CounterWorkflow.self]) { client in
            let counter = try await client.startWorkflow(CounterWorkflow.self, options: options)
            let error = await #expect(throws: TemporalRPCError.self) { try await counter.result() }
            #expect(error?.message.contains("no timer, activity or task is left") == true)
        }
    }

    @Test("A workflow whose task fails again and again is given up, with the reason")
    func brokenCode() async throws {
        let environment = TestEnvironment()
        try await environment.withWorker(taskQueue: "shop", workflows: [BuggyWorkflow.self]) { client in
            let buggy = try await client.startWorkflow(BuggyWorkflow.self, options: options)
            let error = await #expect(throws: TemporalRPCError.self) { try await buggy.result() }
            #expect(error?.message.contains("Bug") == true)
        }
    }

    @Test("Code that is not deterministic is found out when it is rebuilt at every task")
    func nondeterministicCode() async throws {
        var faults = TestFaults()
        faults.evictions = 1
        let environment = TestEnvironment(faults: faults)
        var activities = Activities()
        for type in FickleWorkflow.activities { activities.register(type) { _, _ in NoValue() } }
        try await environment.withWorker(
            taskQueue: "shop", workflows: [FickleWorkflow.self], activities: activities
        ) { client in
            let fickle = try await client.startWorkflow(FickleWorkflow.self, options: options)
            let error = await #expect(throws: TemporalRPCError.self) { try await fickle.result() }
            #expect(error?.message.contains("[TMPRL1100] Nondeterminism error") == true)
        }
    }

    @Test("A history from the environment replays, on a client's handle as well")
    func replays() async throws {
        let environment = TestEnvironment()
        let replayer = WorkflowReplayer(workflows: [OrderWorkflow.self, DoubleOrderWorkflow.self])
        try await environment.withWorker(
            taskQueue: "shop", workflows: [OrderWorkflow.self, DoubleOrderWorkflow.self], activities: activities
        ) { client in
            let double = try await client.startWorkflow(DoubleOrderWorkflow.self, 5, options: options)
            #expect(try await double.result() == ["given up", "given up"])
            #expect(try await replayer.replay(double.untyped).verdict == .ok)
        }
        #expect(environment.histories.map(\.workflowID) == ["order", "order-a", "order-b"])
        let results = await replayer.replay(environment.histories)
        #expect(results.allSatisfy { $0.verdict.isOK })
    }

    @Test("The same seed gives the same history, event for event; another seed, other run ids")
    func deterministic() async throws {
        func history(seed: UInt64) async throws -> WorkflowHistory {
            var faults = TestFaults()
            faults.slowWorkflowTasks = 0.5
            faults.activityFailures = 0.3
            faults.lateActivities = 0.5
            faults.workflowTaskTimeouts = 0.2
            faults.shufflesTasks = true
            let environment = TestEnvironment(seed: seed, faults: faults)
            return try await environment.withWorker(
                taskQueue: "shop", workflows: [OrderWorkflow.self, DoubleOrderWorkflow.self], activities: activities
            ) { client in
                let double = try await client.startWorkflow(DoubleOrderWorkflow.self, 5, options: options)
                for delay in stride(from: 1, to: 40_000, by: 900) {
                    for part in ["a", "b"] {
                        try environment.signal(
                            workflowID: "order-\(part)", OrderWorkflow.approve, "Ben", after: .seconds(delay))
                    }
                }
                _ = try await double.result()
                return try await double.history()
            }
        }
        for seed: UInt64 in 1...5 {
            let first = try await history(seed: seed)
            let second = try await history(seed: seed)
            #expect(first == second)
        }
        #expect(try await history(seed: 6) != history(seed: 7))
    }
}
