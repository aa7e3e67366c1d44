import Foundation
import Logging
import Temporal
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

/// What the test environment writes must be what the real server writes, or tests with it show nothing.
@Suite("The test environment and the real server", .timeLimit(.minutes(5)))
struct AgreementTests {
    @Test(
        "write the same events for the same workflow",
        arguments: ["completes", "is cancelled", "fails", "has a child that fails", "retries", "is updated"])
    func agreement(course: String) async throws {
        let environment = TestEnvironment()
        let virtual = try await environment.withWorker(
            taskQueue: "agreement", workflows: Self.workflows, activities: Self.activities
        ) { client in
            try await Self.run(course, client, taskQueue: "agreement") { try await environment.settle() }
        }
        let connection = try await liveConnection()
        let client = TemporalClient(connection)
        let taskQueue = "agreement-\(UUID().uuidString)"
        let worker = Worker(
            client: client, configuration: WorkerConfiguration(taskQueue: taskQueue), workflows: Self.workflows,
            activities: Self.activities, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let serving = Task { try await worker.run() }
        let real = try await Self.run(course, client, taskQueue: taskQueue) {
            // Settled as far as this workflow goes: it is in its first wait.
            let handle = client.handle(id: taskQueue)
            try await eventually("the first task to be answered") {
                try await handle.history().events.contains { $0.eventType == .workflowTaskCompleted }
            }
        }
        worker.shutdown()
        try await serving.value
        await connection.close()
        // Whether a parent hears of its child's start and of its end in one task or in two is a matter of speed.
        let hasChild = virtual.events.contains { $0.eventType == .startChildWorkflowExecutionInitiated }
        let (expected, written) = (
            Self.outline(real, withTasks: !hasChild), Self.outline(virtual, withTasks: !hasChild)
        )
        #expect(written == expected)
    }

    private static let workflows: [any Workflow.Type] = [CourseWorkflow.self]

    private static var activities: Activities {
        var activities = Activities()
        activities.register(CourseWorkflow.work) { course, context in
            if course == "fails" { throw ApplicationFailure("no", type: "No", isNonRetryable: true) }
            if course == "retries", context.attempt < 2 { throw ApplicationFailure("not yet", type: "NotYet") }
            return course
        }
        return activities
    }

    private static func run(
        _ course: String, _ client: TemporalClient, taskQueue: String, settle: () async throws -> Void
    ) async throws -> WorkflowHistory {
        let handle = try await client.startWorkflow(
            CourseWorkflow.self, course, options: StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue))
        if course == "is cancelled" {
            try await settle()
            try await handle.cancel()
        }
        if course == "is updated" {
            try await settle()
            _ = try? await handle.executeUpdate(CourseWorkflow.add, -1)
            try await #expect(handle.executeUpdate(CourseWorkflow.add, 1, id: "slow") == 1)
            await #expect(throws: WorkflowUpdateFailedError.self) {
                try await handle.executeUpdate(CourseWorkflow.add, 13, id: "failing")
            }
            try await #expect(handle.executeUpdate(CourseWorkflow.add, 99, id: "last") == 100)
        }
        _ = try? await handle.result()
        return try await handle.history()
    }

    /// The events with what they refer to, or without workflow tasks and what depends on them.
    private static func outline(_ history: WorkflowHistory, withTasks: Bool) -> [String] {
        guard withTasks else {
            return history.events.map { "\($0.eventType)" }.filter { !$0.hasPrefix("workflowTask") }
        }
        return history.events.map { event in
            let refers =
                switch event.attributes {
                case .activityTaskStartedEventAttributes(let a): "\(a.scheduledEventID) attempt \(a.attempt)"
                case .activityTaskCompletedEventAttributes(let a): "\(a.scheduledEventID) \(a.startedEventID)"
                case .activityTaskFailedEventAttributes(let a):
                    "\(a.scheduledEventID) \(a.startedEventID) \(a.retryState)"
                case .timerFiredEventAttributes(let a): "\(a.timerID) \(a.startedEventID)"
                case .timerCanceledEventAttributes(let a): "\(a.timerID) \(a.startedEventID)"
                case .workflowTaskCompletedEventAttributes(let a): "\(a.scheduledEventID) \(a.startedEventID)"
                case .workflowExecutionFailedEventAttributes(let a): "\(a.retryState)"
                case .workflowExecutionUpdateAcceptedEventAttributes(let a):
                    "\(a.protocolInstanceID) \(a.acceptedRequestSequencingEventID) \(a.acceptedRequest.input.name)"
                case .workflowExecutionUpdateCompletedEventAttributes(let a):
                    "\(a.meta.updateID) \(a.acceptedEventID) \(a.outcome.failure.message)"
                default: ""
                }
            return "\(event.eventID) \(event.eventType) \(refers)"
        }
    }
}

/// Sleeps, works, and has a child that does the same, by the course it is told to take.
final class CourseWorkflow: Workflow, @unchecked Sendable {
    static let work = ActivityType<String, String>("work")
    static let add = UpdateType<Int, Int>("add")

    static var handlers: WorkflowHandlers<CourseWorkflow> {
        WorkflowHandlers().update(add, validator: refuseNegative) { workflow, number, context in
            if number == 13 { throw ApplicationFailure("unlucky", type: "Unlucky") }
            if number == 1 { try await context.sleep(for: .milliseconds(50)) }
            workflow.sum += number
            return workflow.sum
        }
    }

    @Sendable private static func refuseNegative(_: CourseWorkflow, _ number: Int) throws {
        guard number >= 0 else { throw ApplicationFailure("negative", type: "Negative") }
    }

    private let course: String
    private var sum = 0

    init(_ input: String) { course = input }

    func run(_ context: WorkflowContext) async throws -> String {
        if course == "is updated" {
            try await context.wait(until: { self.sum >= 100 })
            return course
        }
        try await context.sleep(for: course == "is cancelled" ? .seconds(60) : .milliseconds(50))
        if course.hasPrefix("has a child") {
            return try await context.execute(child: CourseWorkflow.self, "fails")
        }
        let result = try await context.execute(Self.work, course, options: ActivityOptions(startToClose: .seconds(30)))
        guard course == "completes" else { return result }
        return try await context.execute(child: CourseWorkflow.self, "as a child")
    }
}
