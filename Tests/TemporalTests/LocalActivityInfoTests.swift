import Foundation
import Synchronization
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("What a local activity is told of itself", .timeLimit(.minutes(5)))
struct LocalActivityInfoTests {
    @Test("Whose it is, its times, its limits and its retry policy, as any activity is")
    func info() async throws {
        let infos = Mutex<[ActivityInfo]>([])
        var activities = Activities()
        activities.register(Local.work) { _, context in
            infos.withLock { $0.append(context.info) }
            if context.attempt == 1 { throw Bug() }
            return "done"
        }
        let service = ScriptedService()
        let before = Date()
        try await Worker.scripted(service, workflows: [RetryingLocalWorkflow.self], activities: activities).serve {
            service.deliver(try firstTask("RetryingLocalWorkflow").polled(token: "first"))
            _ = try await service.call(1, of: .respondWorkflowTaskCompleted)
        }
        let seen = infos.withLock { $0 }
        try #require(seen.count == 2)
        let (first, second) = (seen[0], seen[1])
        #expect(first.isLocal)
        #expect(first.activityType == Local.work.name)
        #expect(first.activityID == "1")
        #expect(first.workflowType == "RetryingLocalWorkflow")
        #expect(first.workflowID == "workflow-run")
        #expect(first.runID == "run")
        #expect(first.workflowNamespace == "default")
        #expect(first.taskQueue == "test")
        #expect(first.taskToken.isEmpty)
        #expect(first.lastHeartbeatDetails.isEmpty)
        #expect(first.heartbeatTimeout == nil)
        #expect(first.scheduleToClose == .seconds(60))
        #expect(first.retryPolicy == RetryPolicy(initialInterval: .milliseconds(1)))
        #expect(seen.map(\.attempt) == [1, 2])
        let scheduled = try #require(first.scheduledTime)
        let started = try #require(first.startedTime)
        #expect(before <= scheduled && scheduled <= started)
        #expect(second.scheduledTime == scheduled)
        #expect(try #require(second.currentAttemptScheduledTime) >= started)
        #expect(try #require(second.startedTime) >= #require(second.currentAttemptScheduledTime))
    }

    @Test("Why it is cancelled: its workflow asked, its time is over, its run is gone, or the worker ends")
    func reasons() async throws {
        let reasons = Mutex<[ActivityCancellationReason?]>([])
        let began = Mutex(0)
        var activities = Activities()
        activities.register(Local.work) { _, context in
            began.withLock { $0 += 1 }
            defer { reasons.withLock { $0.append(context.cancellationReason) } }
            try await Task.sleep(for: .seconds(60))
            return ""
        }
        let runner = LocalActivityRunner(activities: activities, slots: 10, converter: .standard, logger: silent)
        let endings: [(ActivityCancellationReason, (LocalActivityInbox) -> Void)] = [
            (.cancelRequested, { runner.cancel(1, for: $0) }), (.timedOut, { _ in }), (.gone, { runner.drop($0) }),
            (.workerShutdown, { _ in runner.end() }),
        ]
        for (index, (reason, end)) in endings.enumerated() {
            let inbox = LocalActivityInbox(runID: "run-\(index)", workflowID: "workflow")
            let options = LocalActivityOptions(
                startToClose: reason == .timedOut ? .seconds(1) : .seconds(60), retryPolicy: .never)
            runner.start(
                LocalActivityRequest(
                    sequence: 1,
                    schedule: ScheduleLocalActivity(
                        type: Local.work.name, input: try DataConverter.standard.payloads(encoding: 1),
                        options: options, attempt: 1, originalScheduleTime: nil)),
                for: inbox)
            try await eventually { began.withLock { $0 } == index + 1 }
            end(inbox)
            try await eventually { reasons.withLock { $0.count } == index + 1 }
            #expect(reasons.withLock { $0.last } == reason)
        }
    }
}

/// A local activity that is tried again.
final class RetryingLocalWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.executeLocal(
            Local.work, 1,
            options: LocalActivityOptions(
                scheduleToClose: .seconds(60), retryPolicy: RetryPolicy(initialInterval: .milliseconds(1))))
    }
}
