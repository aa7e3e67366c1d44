import Foundation
import Logging
import Metrics
import MetricsTestKit
import Synchronization
import Temporal
import TemporalAPI
import TemporalTesting
import TemporalTracing
import Testing
import Tracing

@Suite("Documentation: observability", .timeLimit(.minutes(5)))
struct ObservabilitySamples {
    /// Counts workflows that end well, and lets their activities go before those of others.
    struct Watch: WorkerInterceptor {
        var ends = Counter(label: "workflow_ends")

        func executeWorkflow(
            _ call: ExecuteWorkflowCall, next: (ExecuteWorkflowCall) async throws -> Payloads
        ) async throws -> Payloads {
            let result = try await next(call)
            _ = call.context.outsideReplay { ends.increment() }
            return result
        }

        func scheduleActivity(_ call: inout ScheduleActivity, _ context: WorkflowContext) {
            call.options.priority = Priority(key: 1)
        }
    }

    func traced(
        _ connection: TemporalConnection, _ tracer: any Tracer, _ workflows: [any Workflow.Type], _ logger: Logger
    ) -> (TemporalClient, Worker) {
        let tracing = TracingInterceptor(tracer: tracer)
        let client = TemporalClient(connection, interceptors: [tracing])
        let worker = Worker(
            client: client, configuration: WorkerConfiguration(taskQueue: "orders"), workflows: workflows,
            interceptors: [tracing], logger: logger)
        return (client, worker)
    }

    private final class Length: Workflow {
        private let item: String

        init(_ item: String) { self.item = item }

        func run(_ context: WorkflowContext) async throws -> Int { item.count }
    }

    @Test("A traced workflow belongs to the trace of its caller")
    func tracing() async throws {
        let tracer = MemoryTracer()
        let silent = Logger(label: "q") { _ in SwiftLogNoOpLogHandler() }
        let (client, worker) = traced(
            try await liveConnection(), tracer, [Length.self], silent)
        let serving = Task { try await worker.run() }
        defer { worker.shutdown() }
        let run = try await tracer.withSpan("request") { _ in
            try await client.startWorkflow(
                Length.self, "tea", options: .init(id: UUID().uuidString, taskQueue: "orders"))
        }
        #expect(try await run.result() == 3)
        worker.shutdown()
        try await serving.value
        #expect(tracer.ended.contains { $0.name.hasPrefix("RunWorkflow:") })
        #expect(Set(tracer.ended.map(\.traceID)).count == 1)
    }

    static func measured(_ taskQueue: String, _ metrics: any MetricsFactory) -> WorkerConfiguration {
        var configuration = WorkerConfiguration(taskQueue: taskQueue)
        configuration.metricsFactory = metrics
        return configuration
    }

    @Test("A worker counts what it does, and its interceptor what that does not")
    func interceptor() async throws {
        let environment = TestEnvironment()
        let (metrics, watched) = (TestMetrics(), TestMetrics())
        let watch = Watch(ends: Counter(label: "workflow_ends", dimensions: [], factory: watched))
        let worker = Worker(
            client: environment.client, configuration: Self.measured("q", metrics),
            workflows: [CompositionSamples.Line.self], interceptors: [watch],
            logger: Logger(label: "q") { _ in SwiftLogNoOpLogHandler() })
        let serving = Task { try await worker.run() }
        let run = try await environment.client.startWorkflow(
            CompositionSamples.Line.self, "tea", options: .init(id: "l", taskQueue: "q"))
        #expect(try await run.result() == 3)
        worker.shutdown()
        try await serving.value
        #expect(metrics.counters(label: "temporal_workflow_completed").map(\.totalValue).reduce(0, +) == 1)
        #expect(watched.counters(label: "workflow_ends").map(\.totalValue) == [1])
    }
}
