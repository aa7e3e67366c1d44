import Foundation
import Temporal
import TemporalAPI
import TemporalTesting
import TemporalTracing
import Testing
import Tracing

@Suite("Tracing", .timeLimit(.minutes(5)))
struct TracingTests {
    @Test(
        "A client's start, its workflow and the activities, children and signals of that are one trace, however often the run is replayed",
        arguments: [1000, 0])
    func oneTrace(cachedWorkflows: Int) async throws {
        let tracer = MemoryTracer()
        let tracing = TracingInterceptor(tracer: tracer)
        let configure = { (configuration: inout WorkerConfiguration) in
            configuration.maximumCachedWorkflows = cachedWorkflows
            configuration.isStrict = true
        }
        try await withJourneys(
            clientInterceptors: [tracing], interceptors: [tracing], configure: configure
        ) { client, options in
            try await tracer.withSpan("request") { _ in
                let handle = try await client.startWorkflow(JourneyWorkflow.self, 2, options: options)
                #expect(try await handle.executeUpdate(JourneyWorkflow.detour, "beach") == "beach")
                try await handle.signal(JourneyWorkflow.go, "sea")
                #expect(try await handle.result() == "home from there")
            }
        }
        let leg = [
            "RunWorkflow:JourneyWorkflow", "StartActivity:visit", "RunActivity:visit", "StartActivity:glance",
            "RunActivity:glance", "StartChildWorkflow:CompanionWorkflow", "RunWorkflow:CompanionWorkflow",
            "SignalChildWorkflow:leave", "HandleSignal:leave", "CompleteWorkflow:CompanionWorkflow",
        ]
        let once = [
            "request", "StartWorkflow:JourneyWorkflow", "StartWorkflowUpdate:detour", "ValidateUpdate:detour",
            "HandleUpdate:detour", "StartActivity:visit", "RunActivity:visit", "SignalWorkflow:go", "HandleSignal:go",
            "CompleteWorkflow:JourneyWorkflow",
        ]
        #expect(tracer.ended.map(\.name).sorted() == (leg + leg + once).sorted())
        #expect(Set(tracer.ended.map(\.traceID)).count == 1)

        func parent(_ name: String) -> String? {
            guard let span = tracer.ended.first(where: { $0.name == name }) else { return nil }
            return tracer.ended.first { $0.id == span.parentID }?.name
        }
        #expect(parent("StartWorkflow:JourneyWorkflow") == "request")
        #expect(parent("RunWorkflow:JourneyWorkflow") == "StartWorkflow:JourneyWorkflow")
        #expect(parent("RunActivity:visit") == "StartActivity:visit")
        #expect(parent("RunActivity:glance") == "StartActivity:glance")
        #expect(parent("RunWorkflow:CompanionWorkflow") == "StartChildWorkflow:CompanionWorkflow")
        #expect(parent("HandleSignal:go") == "StartWorkflow:JourneyWorkflow")
        let sent = tracer.ended.first { $0.name == "SignalWorkflow:go" }
        #expect(tracer.ended.first { $0.name == "HandleSignal:go" }?.linkedIDs == sent.map { [$0.id] })
    }

    @Test("A query belongs to the trace of whoever asked, with a link to the workflow's")
    func query() async throws {
        let tracer = MemoryTracer()
        let tracing = TracingInterceptor(tracer: tracer)
        try await withJourneys(clientInterceptors: [tracing], interceptors: [tracing]) { client, options in
            let handle = try await client.startWorkflow(JourneyWorkflow.self, 1, options: options)
            #expect(try await handle.query(JourneyWorkflow.place) == "home")
            try await handle.terminate(reason: "asked")
        }
        let asked = tracer.ended.first { $0.name == "QueryWorkflow:place" }
        let handled = try #require(tracer.ended.first { $0.name == "HandleQuery:place" })
        let start = tracer.ended.first { $0.name == "StartWorkflow:JourneyWorkflow" }
        #expect(handled.parentID == asked?.id)
        #expect(handled.linkedIDs == start.map { [$0.id] })
        #expect(handled.traceID != start?.traceID)
    }

    @Test("Replay makes no span, and neither random numbers nor commands depend on tracing")
    func replay() throws {
        let tracer = MemoryTracer()
        let tracing = TracingInterceptor(tracer: tracer)
        let carrier = ["traceparent": "00-00112233445566778899aabbccddeeff-0011223344556677-01"]
        let payload = try DataConverter.standard.payload(encoding: carrier)
        let body: BodyWorkflow.Body = { context in
            let id = context.uuid()
            _ = try await context.work()
            return "\(id) \(context.uuid())"
        }
        try BodyWorkflow.$body.withValue(body) {
            var history = try HistoryBuilder.begun()
            history.changeFirst { $0.workflowExecutionStartedEventAttributes.header.fields["_tracer-data"] = payload }
            let live = ScriptedRun(BodyWorkflow.self, interceptors: [tracing])
            let header = live.task(history).commands.first?.scheduleActivityTaskCommandAttributes.header
            #expect(tracer.ended.map(\.name) == ["RunWorkflow:BodyWorkflow", "StartActivity:work"])
            let sent = try DataConverter.standard.decode(
                [String: String].self, from: try #require(header?.fields["_tracer-data"]))
            #expect(sent == ["traceparent": "00-00112233445566778899aabbccddeeff-\(tracer.ended[1].id)-01"])

            history.taskCompleted()
            let scheduled = history.activityScheduled(1, type: "work")
            try history.activityCompleted(scheduled: scheduled, result: "done")
            history.taskScheduledAndStarted()
            let plain = ScriptedRun(BodyWorkflow.self).replay(history, previousStarted: 3).commands
            let before = tracer.ended.count
            let replayed = ScriptedRun(BodyWorkflow.self, interceptors: [tracing]).replay(history, previousStarted: 3)
            #expect(replayed.commands == plain)
            #expect(plain.types == [.completeWorkflowExecution])
            #expect(tracer.ended.dropFirst(before).map(\.name) == ["CompleteWorkflow:BodyWorkflow"])
        }
    }

    @Test("A failed workflow's last span says so; a workflow outside of any trace makes no spans")
    func failure() throws {
        let tracer = MemoryTracer()
        let tracing = TracingInterceptor(tracer: tracer)
        let body: BodyWorkflow.Body = { _ in throw ApplicationFailure("no funds", type: "Declined") }
        try BodyWorkflow.$body.withValue(body) {
            var history = try HistoryBuilder.begun()
            let outside = ScriptedRun(BodyWorkflow.self, interceptors: [tracing]).task(history)
            #expect(outside.commands.failure?.message == "no funds")
            #expect(tracer.ended.isEmpty)
            let payload = try DataConverter.standard.payload(encoding: ["traceparent": "00-aa-bb-01"])
            history.changeFirst { $0.workflowExecutionStartedEventAttributes.header.fields["_tracer-data"] = payload }
            _ = ScriptedRun(BodyWorkflow.self, interceptors: [tracing]).task(history)
            #expect(tracer.ended.map(\.name) == ["RunWorkflow:BodyWorkflow", "CompleteWorkflow:BodyWorkflow"])
            #expect(tracer.ended.map(\.isError) == [false, true])
        }
    }
}
