import Foundation
import Metrics
import MetricsTestKit
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Metrics", .timeLimit(.minutes(5)))
struct MetricsTests {
    @Test("Real work is counted and timed under the names and labels of all SDKs")
    func journey() async throws {
        let metrics = TestMetrics()
        let queue = Mutex("")
        let failures = Mutex<Set<String>>([])
        var activities = Activities()
        for type in [JourneyWorkflow.visit, JourneyWorkflow.glance] {
            activities.register(type) { place, _ in
                // The first attempt of each.
                let isFirst = failures.withLock { $0.insert(type.name).inserted }
                if isFirst { throw ApplicationFailure("closed", type: "Closed") }
                return place
            }
        }
        let connection = { (configuration: inout TemporalConnection.Configuration) in
            configuration.metricsFactory = metrics
        }
        let configure = { (configuration: inout WorkerConfiguration) in configuration.metricsFactory = metrics }
        try await withJourneys(connection: connection, configure: configure, activities: activities) {
            client, options in
            queue.withLock { $0 = options.taskQueue }
            let handle = try await client.startWorkflow(JourneyWorkflow.self, 2, options: options)
            try await handle.signal(JourneyWorkflow.go, "sea")
            #expect(try await handle.result() == "home from there")
            await #expect(throws: WorkflowNotFoundError.self) { try await client.handle(id: "nobody").describe() }
            await #expect(throws: WorkflowNotFoundError.self) { try await client.handle(id: "nobody").result() }
        }
        let place = ["namespace": "default", "task_queue": queue.withLock { $0 }]
        let workflow = place.merging(["workflow_type": "JourneyWorkflow"]) { $1 }
        let visit = workflow.merging(["activity_type": "visit"]) { $1 }
        let glance = workflow.merging(["activity_type": "glance"]) { $1 }
        let failed = ["failure_reason": "ActivityError"]

        #expect(metrics.count("worker_start", place) == 1)
        #expect(metrics.count("workflow_completed", workflow) == 1)
        #expect(metrics.count("workflow_completed", place.merging(["workflow_type": "CompanionWorkflow"]) { $1 }) == 2)
        #expect(metrics.count("workflow_continue_as_new", workflow) == 1)
        #expect(metrics.count("workflow_task_queue_poll_succeed", place) ?? 0 > 0)
        #expect(metrics.count("sticky_cache_hit", workflow) ?? 0 > 0)
        let received = ["true", "false"].compactMap {
            metrics.count("activity_task_received", visit.merging(["eager": $0]) { $1 })
        }
        #expect(received.reduce(0, +) == 3)
        #expect(metrics.count("activity_execution_failed", visit.merging(failed) { $1 }) == 1)
        #expect(metrics.count("local_activity_total", glance) == 3)
        #expect(metrics.count("local_activity_execution_failed", glance.merging(failed) { $1 }) == 1)
        #expect(metrics.times("workflow_endtoend_latency", workflow) == 2)
        #expect(metrics.times("workflow_task_schedule_to_start_latency", place) ?? 0 > 0)
        #expect(metrics.times("workflow_task_execution_latency", workflow) ?? 0 > 0)
        #expect(metrics.times("activity_schedule_to_start_latency", place) == 3)
        #expect(metrics.times("activity_execution_latency", visit) == 3)
        #expect(metrics.times("activity_succeed_endtoend_latency", visit) == 2)
        #expect(metrics.times("local_activity_execution_latency", glance) == 3)
        #expect(metrics.times("local_activity_succeed_endtoend_latency", glance) == 2)
        #expect(metrics.times("workflow_task_replay_latency", workflow) == nil)

        func call(_ operation: String, _ more: [String: String] = [:]) -> [String: String] {
            ["namespace": "default", "operation": operation].merging(more) { $1 }
        }
        let started = call("StartWorkflowExecution", ["task_queue": queue.withLock { $0 }])
        let polled = call("PollWorkflowTaskQueue", ["task_queue": queue.withLock { $0 }])
        #expect(metrics.count("request", started) == 1)
        #expect(metrics.times("request_latency", started) == 1)
        #expect(metrics.count("long_request", polled) ?? 0 > 0)
        #expect(metrics.times("long_request_latency", polled) ?? 0 > 0)
        let notFound = ["status_code": "NOT_FOUND"]
        #expect(metrics.count("request_failure", call("DescribeWorkflowExecution", notFound)) == 1)
        #expect(metrics.count("long_request_failure", call("GetWorkflowExecutionHistory", notFound)) == 1)

        for (type, slots) in [("WorkflowWorker", 100.0), ("ActivityWorker", 100), ("LocalActivityWorker", 100)] {
            let labels = place.merging(["worker_type": type]) { $1 }
            #expect(metrics.level("worker_task_slots_used", labels) == 0)
            #expect(metrics.level("worker_task_slots_available", labels) == slots)
            #expect(metrics.levels("worker_task_slots_used", labels).contains(1))
        }
        for type in ["workflow_task", "sticky_workflow_task", "activity_task"] {
            let labels = place.merging(["poller_type": type]) { $1 }
            #expect(metrics.level("num_pollers", labels) == 0)
            #expect(metrics.levels("num_pollers", labels).contains(1))
        }
        #expect(metrics.levels("sticky_cache_size", place).contains(1))
        #expect(metrics.level("sticky_cache_size", place) == 0)
    }

    @Test("Ends of runs are counted by their kinds, once the server has accepted them; benign failures are none")
    func ends() async throws {
        let (metrics, service) = (TestMetrics(), ScriptedService())
        try await serve(service, metrics) {
            for (number, end) in ["complete", "fail", "benign", "again", "cancel"].enumerated() {
                var history = HistoryBuilder(workflowType: "EndingWorkflow")
                try history.started(input: end)
                if end == "cancel" { history.cancelRequested() }
                history.taskScheduledAndStarted()
                service.deliver(history.polled(token: end, runID: end))
                _ = try await service.call(number + 1, of: .respondWorkflowTaskCompleted)
            }
            try await service.wait("the last end") { metrics.count("workflow_canceled", Self.ending) == 1 }
            service.answer(.respondWorkflowTaskCompleted) { _ in
                throw TemporalRPCError(operation: "RespondWorkflowTaskCompleted", code: .notFound, message: "too late")
            }
            var history = HistoryBuilder(workflowType: "EndingWorkflow")
            try history.started(input: "complete")
            history.taskScheduledAndStarted()
            service.deliver(history.polled(token: "late", runID: "late"))
            _ = try await service.call(6, of: .respondWorkflowTaskCompleted)
        }
        #expect(metrics.count("workflow_completed", Self.ending) == 1)
        #expect(metrics.count("workflow_failed", Self.ending) == 1)
        #expect(metrics.count("workflow_continue_as_new", Self.ending) == 1)
        #expect(metrics.times("workflow_endtoend_latency", Self.ending) == 5)
        #expect(metrics.times("workflow_task_execution_latency", Self.ending) == 6)
        // The run whose end the server did not accept.
        #expect(metrics.count("sticky_cache_total_forced_eviction", Self.place) == 1)
    }

    @Test("Failed tasks are counted by their reasons; a run that is not here is a miss, and its replay is timed")
    func failures() async throws {
        let (metrics, service) = (TestMetrics(), ScriptedService())
        let slept = try sleptHistory()
        service.answer(.getWorkflowExecutionHistory) { _ in .with { $0.history.events = slept.events } }
        let sleeping = Self.place.merging(["workflow_type": "SleepWorkflow"]) { $1 }
        try await serve(service, metrics) {
            var history = HistoryBuilder(workflowType: "EndingWorkflow")
            try history.started(input: "bug")
            history.taskScheduledAndStarted()
            service.deliver(history.polled(token: "bug", runID: "bug"))
            _ = try await service.call(1, of: .respondWorkflowTaskFailed)

            var foreign = try firstTask("SleepWorkflow")
            foreign.taskCompleted()
            try foreign.activityCompleted(scheduled: foreign.activityScheduled(1, type: "other"), result: "x")
            foreign.taskScheduledAndStarted()
            service.deliver(foreign.polled(token: "foreign", runID: "foreign", previousStarted: 3))
            _ = try await service.call(2, of: .respondWorkflowTaskFailed)
            #expect(metrics.times("workflow_task_replay_latency", sleeping) == nil)

            service.answer(.respondWorkflowTaskCompleted) { request in
                guard request.taskToken == Data("large".utf8) else { return .init() }
                throw TemporalRPCError(
                    operation: "RespondWorkflowTaskCompleted", code: .resourceExhausted, message: "too large",
                    isMessageTooLarge: true)
            }
            service.deliver(try firstTask("SleepWorkflow").polled(token: "large", runID: "large"))
            _ = try await service.call(3, of: .respondWorkflowTaskFailed)

            service.deliver(slept.polled(token: "missed", runID: "missed", after: 3, previousStarted: 3), to: .sticky)
            _ = try await service.call(2, of: .respondWorkflowTaskCompleted)
            service.deliver(PollWorkflowTask())
            service.deliver(PollActivityTask())
            try await service.wait("empty polls") {
                metrics.count("workflow_task_queue_poll_empty", Self.place) == 1
                    && metrics.count("activity_poll_no_task", Self.place) == 1
            }
        }
        func failed(_ labels: [String: String], _ reason: String) -> Int64? {
            metrics.count("workflow_task_execution_failed", labels.merging(["failure_reason": reason]) { $1 })
        }
        #expect(failed(Self.ending, "WorkflowError") == 1)
        #expect(failed(sleeping, "NonDeterminismError") == 1)
        #expect(failed(sleeping, "GrpcMessageTooLarge") == 1)
        #expect(metrics.count("sticky_cache_miss", sleeping) == 1)
        #expect(metrics.times("workflow_task_replay_latency", sleeping) == 1)
        #expect(metrics.count("sticky_cache_total_forced_eviction", Self.place) == 3)
    }

    @Test("Cancelled and benignly failed activities do not count as failed")
    func activities() async throws {
        let (metrics, service) = (TestMetrics(), ScriptedService())
        service.answer(.recordActivityTaskHeartbeat) { _ in .with { $0.cancelRequested = true } }
        let work = Self.place.merging(["activity_type": "work", "workflow_type": ""]) { $1 }
        let benign = Self.place.merging(["activity_type": "benign", "workflow_type": ""]) { $1 }
        try await serve(service, metrics) {
            service.deliver(.activity("cancelled", "work") { $0.heartbeatTimeout.seconds = 60 })
            _ = try await service.call(1, of: .respondActivityTaskCanceled)
            service.deliver(.activity("benign", "benign") { _ in })
            _ = try await service.call(1, of: .respondActivityTaskFailed)
            try await service.wait("counts") { metrics.count("activity_execution_cancelled", work) == 1 }
        }
        #expect(metrics.times("activity_execution_latency", benign) == 1)
        #expect(metrics.counters(label: "temporal_activity_execution_failed").isEmpty)
    }

    @Test("A local activity that was cancelled counts as that, not as failed")
    func cancelledLocalActivity() async throws {
        let metrics = TestMetrics()
        let isGlancing = Mutex(false)
        var activities = Activities()
        activities.register(JourneyWorkflow.visit) { place, _ in place }
        activities.register(JourneyWorkflow.glance) { place, _ in
            isGlancing.withLock { $0 = true }
            try await Task.sleep(for: .seconds(60))
            return place
        }
        let configure = { (configuration: inout WorkerConfiguration) in configuration.metricsFactory = metrics }
        try await withJourneys(configure: configure, activities: activities) { client, options in
            var options = options
            // The worker keeps the task alive for as long as the activity runs, and hears of the cancellation by that. A machine that
            // stands still meanwhile loses the task, and the activity is begun, and cancelled, once more.
            options.taskTimeout = .seconds(5)
            let handle = try await client.startWorkflow(JourneyWorkflow.self, 1, options: options)
            try await handle.signal(JourneyWorkflow.go, "sea")
            try await eventually { isGlancing.withLock { $0 } }
            try await handle.cancel()
            await #expect(throws: WorkflowFailedError.self) { try await handle.result() }
        }
        let cancelled = metrics.counters(label: "temporal_local_activity_execution_cancelled").map(\.totalValue)
        #expect(cancelled.reduce(0, +) >= 1)
        #expect(metrics.counters(label: "temporal_local_activity_execution_failed").isEmpty)
    }

    @Test("Where nothing collects, labels are not even made")
    func uncollected() {
        let metrics = SDKMetrics(factory: NOOPMetricsHandler.instance, common: [:])
        func label() -> String {
            Issue.record("a label was made")
            return ""
        }
        metrics.count(.request, [.operation: label()])
        metrics.record(.request, .seconds(1), [.operation: label()])
        metrics.set(.pollers, 1, [.pollerType: label()])
        #expect(metrics.gauge("WorkflowWorker", count: 1) == nil)
    }

    private static let place = ["namespace": "default", "task_queue": "test"]
    private static let ending = place.merging(["workflow_type": "EndingWorkflow"]) { $1 }

    private func serve(
        _ service: ScriptedService, _ metrics: TestMetrics, _ body: () async throws -> Void
    ) async throws {
        var activities = Activities()
        activities.register(ActivityType<NoValue, NoValue>("work")) { _, context in
            await context.heartbeat()
            try await Task.sleep(for: .seconds(60))
            return NoValue()
        }
        activities.register(ActivityType<NoValue, NoValue>("benign")) { _, _ in
            throw ApplicationFailure("as expected", type: "Normal", category: .benign)
        }
        try await Worker.scripted(
            service, workflows: [EndingWorkflow.self, SleepWorkflow.self], activities: activities
        ) { $0.metricsFactory = metrics }.serve(body)
    }
}

/// Ends as it is told.
private final class EndingWorkflow: Workflow {
    private let end: String

    init(_ input: String) { end = input }

    func run(_ context: WorkflowContext) async throws -> NoValue {
        switch end {
        case "fail": throw ApplicationFailure("no funds", type: "Declined")
        case "benign": throw ApplicationFailure("as expected", type: "Normal", category: .benign)
        case "again": throw ContinueAsNew(EndingWorkflow.self, "complete")
        case "cancel": try await context.sleep(for: .seconds(60))
        case "bug": throw Bug()
        default: break
        }
        return NoValue()
    }
}

extension TestMetrics {
    fileprivate func count(_ name: String, _ labels: [String: String]) -> Int64? {
        counters(label: "temporal_\(name)").first { Self.matches($0.dimensions, labels) }?.totalValue
    }

    /// How often something was timed.
    fileprivate func times(_ name: String, _ labels: [String: String]) -> Int? {
        timers(label: "temporal_\(name)").first { Self.matches($0.dimensions, labels) }?.values.count
    }

    fileprivate func level(_ name: String, _ labels: [String: String]) -> Double? { levels(name, labels).last }

    fileprivate func levels(_ name: String, _ labels: [String: String]) -> [Double] {
        meters(label: "temporal_\(name)").first { Self.matches($0.dimensions, labels) }?.values ?? []
    }

    private static func matches(_ dimensions: [(String, String)], _ labels: [String: String]) -> Bool {
        Dictionary(dimensions, uniquingKeysWith: { $1 }) == labels
    }
}
