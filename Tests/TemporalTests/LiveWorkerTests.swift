import Foundation
import Logging
import Synchronization
import Temporal
import Testing
import WaitingTestSupport

@Suite("A worker on the real server")
struct LiveWorkerTests {
    @Test("Activities, a timer, a child, signals and queries carry a workflow to its result")
    func everything() async throws {
        try await withWorker { client, taskQueue in
            let handle = try await client.startWorkflow(
                TourWorkflow.self, "start", options: StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue))
            try await eventually { try await handle.query(TourWorkflow.state) == "waiting" }
            try await handle.signal(TourWorkflow.go, "on")
            #expect(try await handle.result() == "start-echo-slept-on")
            #expect(try await handle.query(TourWorkflow.state) == "done")
        }
    }

    @Test("A run whose worker is gone goes on with another worker, by replay")
    func takenOver() async throws {
        let client = try await liveClient()
        let taskQueue = "queue-\(UUID().uuidString)"
        let handle = try await client.startWorkflow(
            TourWorkflow.self, "start", options: StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue))
        try await serve(client, taskQueue) {
            try await eventually { try await handle.query(TourWorkflow.state) == "waiting" }
        }
        try await serve(client, taskQueue) {
            // A question asked this soon the server may still give to a poll of the worker that has just left, and call it cancelled.
            try await eventually { try await handle.query(TourWorkflow.state) == "waiting" }
            try await handle.signal(TourWorkflow.go, "again")
            #expect(try await handle.result() == "start-echo-slept-again")
        }
    }

    @Test("Fifty runs share a cache of two: each is dropped and rebuilt, and all end right")
    func smallCache() async throws {
        let client = try await liveClient()
        let taskQueue = "queue-\(UUID().uuidString)"
        let configuration = WorkerConfiguration(taskQueue: taskQueue, maximumCachedWorkflows: 2)
        try await serve(client, taskQueue, configuration) {
            try await withThrowingTaskGroup { group in
                for index in 0..<50 {
                    group.addTask {
                        let handle = try await client.startWorkflow(
                            TourWorkflow.self, "\(index)",
                            options: StartWorkflowOptions(id: "\(taskQueue)-\(index)", taskQueue: taskQueue))
                        try await handle.signal(TourWorkflow.go, "go")
                        #expect(try await handle.result() == "\(index)-echo-slept-go")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("An activity that fails twice is tried a third time, and a non-retryable failure ends it at once")
    func retries() async throws {
        try await withWorker { client, taskQueue in
            let flaky = try await client.startWorkflow(
                FlakyWorkflow.self, "flaky", options: StartWorkflowOptions(id: "\(taskQueue)-1", taskQueue: taskQueue))
            #expect(try await flaky.result() == "attempt 3")
            let hopeless = try await client.startWorkflow(
                FlakyWorkflow.self, "hopeless",
                options: StartWorkflowOptions(id: "\(taskQueue)-2", taskQueue: taskQueue))
            let error = await #expect(throws: WorkflowFailedError.self) { try await hopeless.result() }
            let cause = (error?.cause as? ActivityFailure)?.cause as? ApplicationFailure
            #expect(cause?.type == "Hopeless")
        }
    }

    @Test("An activity that heartbeats hears that it is cancelled")
    func cancelledActivity() async throws {
        try await withWorker { client, taskQueue in
            let handle = try await client.startWorkflow(
                PatientWorkflow.self, options: StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue))
            try await eventually { try await handle.query(PatientWorkflow.isWaiting) }
            try await handle.cancel()
            let error = await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
            #expect(error?.cause is CanceledFailure)
        }
    }

    // MARK: -

    private static let workflows: [any Workflow.Type] = [
        TourWorkflow.self, SleepingChild.self, FlakyWorkflow.self, PatientWorkflow.self,
    ]

    private static var activities: Activities {
        var activities = Activities()
        activities.register(TourWorkflow.echo) { value, _ in value + "-echo" }
        activities.register(FlakyWorkflow.work) { kind, context in
            if kind == "hopeless" { throw ApplicationFailure("no", type: "Hopeless", isNonRetryable: true) }
            if context.attempt < 3 { throw Bug() }
            return "attempt \(context.attempt)"
        }
        activities.register(PatientWorkflow.wait) { _, context in
            while true {
                await context.heartbeat()
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        return activities
    }

    private func withWorker(_ body: (TemporalClient, String) async throws -> Void) async throws {
        try await withLiveWorker(Self.workflows, Self.activities, body)
    }

    private func serve(
        _ client: TemporalClient, _ taskQueue: String, _ configuration: WorkerConfiguration? = nil,
        _ body: () async throws -> Void
    ) async throws {
        try await withLiveWorker(
            client, configuration ?? WorkerConfiguration(taskQueue: taskQueue), Self.workflows, Self.activities, body)
    }
}

final class TourWorkflow: Workflow, @unchecked Sendable {
    static let go = SignalType<String>("go")
    static let state = QueryType<NoValue, String>("state")
    static let echo = ActivityType<String, String>("echo")

    static var handlers: WorkflowHandlers<TourWorkflow> {
        WorkflowHandlers()
            .signal(go) { tour, word, _ in tour.word = word }
            .query(state) { tour, _ in tour.state }
    }

    private let input: String
    private var state = "new"
    private var word: String?

    init(_ input: String) { self.input = input }

    func run(_ context: WorkflowContext) async throws -> String {
        let input = input
        async let slept = context.execute(child: SleepingChild.self, NoValue())
        let echo = try await context.execute(
            Self.echo, input, options: ActivityOptions(startToClose: .seconds(30)))
        let child = try await slept
        state = "waiting"
        try await context.wait(until: { self.word != nil })
        state = "done"
        return "\(echo)-\(child)-\(word ?? "")"
    }
}

final class SleepingChild: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.sleep(for: .milliseconds(10))
        return "slept"
    }
}

final class FlakyWorkflow: Workflow {
    static let work = ActivityType<String, String>("work")
    private let kind: String

    init(_ input: String) { kind = input }

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Self.work, kind,
            options: ActivityOptions(
                startToClose: .seconds(30), retryPolicy: RetryPolicy(initialInterval: .milliseconds(10))))
    }
}

final class PatientWorkflow: Workflow, @unchecked Sendable {
    static let wait = ActivityType<NoValue, NoValue>("wait")
    static let isWaiting = QueryType<NoValue, Bool>("isWaiting")

    static var handlers: WorkflowHandlers<PatientWorkflow> {
        WorkflowHandlers().query(isWaiting) { patient, _ in patient.isWaiting }
    }

    private var isWaiting = false

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        isWaiting = true
        return try await context.execute(
            Self.wait, NoValue(),
            options: ActivityOptions(
                startToClose: .seconds(60), heartbeat: .seconds(10),
                cancellationType: .waitCancellationCompleted))
    }
}
