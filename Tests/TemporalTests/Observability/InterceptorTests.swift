import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("A worker's interceptors", .timeLimit(.minutes(5)))
struct InterceptorTests {
    @Test("Headers travel with everything that is called, by way of all interceptors, the first registered first")
    func headers() async throws {
        let notes = Stamp.Notes()
        let stamps = ["outer", "inner"].map { Stamp(name: $0, notes: notes) }
        try await withJourneys(clientInterceptors: stamps, interceptors: stamps) { client, options in
            let handle = try await client.startWorkflow(JourneyWorkflow.self, 2, options: options)
            #expect(try await handle.query(JourneyWorkflow.place) == "home")
            #expect(try await handle.executeUpdate(JourneyWorkflow.detour, "beach") == "beach")
            try await handle.signal(JourneyWorkflow.go, "sea")
            #expect(try await handle.result() == "home from there")
            // Twice, as the workflow went on as a new run.
            let seen = [
                "JourneyWorkflow", "visit", "glance", "CompanionWorkflow", "leave", "JourneyWorkflow", "visit",
                "glance",
                "CompanionWorkflow", "leave",
            ]
            let once = ["place", "whether to detour", "detour", "visit", "go"]
            let expected = (seen + once).flatMap { what in
                ["outer", "inner"].map { "\($0) sees \(what) by outer inner" }
            }
            #expect(notes.all.sorted() == expected.sorted())
            let places = notes.all.filter { $0.contains("place") }
            #expect(places == ["outer sees place by outer inner", "inner sees place by outer inner"])
        }
    }

    @Test("Headers go with an update that starts its workflow")
    func updateWithStart() async throws {
        let notes = Stamp.Notes()
        let stamp = Stamp(name: "stamp", notes: notes)
        try await withJourneys(clientInterceptors: [stamp], interceptors: [stamp]) { client, options in
            let seen = try await client.executeUpdateWithStart(
                JourneyWorkflow.self, 1, update: JourneyWorkflow.detour, "lake", options: options)
            #expect(seen == "lake")
            try await client.handle(id: options.id).terminate(reason: "seen enough")
            let expected = ["whether to detour", "detour", "JourneyWorkflow", "visit"]
            #expect(Set(notes.all) == Set(expected.map { "stamp sees \($0) by stamp" }))
        }
    }

    @Test("What a workflow asks for can be changed on its way, on replay as well")
    func changes() throws {
        let run = { ScriptedRun(BodyWorkflow.self, interceptors: [Redirecting()]) }
        let body: BodyWorkflow.Body = { context in
            try await context.sleep(for: .seconds(5))
            return try await context.work()
        }
        try BodyWorkflow.$body.withValue(body) {
            var history = try HistoryBuilder.begun()
            let kept = run()
            let timer = kept.task(history).commands.first
            #expect(timer?.startTimerCommandAttributes.startToFireTimeout.seconds == 10)
            history.taskCompleted()
            history.timerFired(1, started: history.timerStarted(1))
            history.taskScheduledAndStarted()
            for outputs in [kept.task(history), run().replay(history, previousStarted: 3)] {
                let activity = outputs.commands.first?.scheduleActivityTaskCommandAttributes
                #expect(activity?.activityType.name == "other work")
                #expect(activity?.header.fields["to"]?.data == Data("other".utf8))
            }
        }
    }

    @Test("An error thrown by an interceptor is one of the workflow's own")
    func refusal() throws {
        let body: BodyWorkflow.Body = { context in
            do {
                return try await context.execute(
                    child: SleepWorkflow.self, NoValue(), options: .init(id: "child"))
            } catch {
                return "\(error)"
            }
        }
        try BodyWorkflow.$body.withValue(body) {
            let outputs = ScriptedRun(BodyWorkflow.self, interceptors: [Redirecting()]).task(try .begun())
            #expect(outputs.commands.result?.contains("no children") == true)
            #expect(outputs.commands.types == [.completeWorkflowExecution])
        }
    }

    private struct Redirecting: WorkerInterceptor {
        func startTimer(_ call: inout StartTimer, _ context: WorkflowContext) { call.duration = call.duration * 2 }

        func scheduleActivity(_ call: inout ScheduleActivity, _ context: WorkflowContext) {
            call.type = "other work"
            call.headers["to"] = .with { $0.data = Data("other".utf8) }
        }

        func startChild(_ call: inout StartChild, _ context: WorkflowContext) throws {
            throw ApplicationFailure("no children", type: "Refused")
        }
    }
}

/// Runs `body` with a client and a worker of journeys on the development server.
func withJourneys(
    clientInterceptors: [any ClientInterceptor] = [], interceptors: [any WorkerInterceptor] = [],
    connection: (inout TemporalConnection.Configuration) -> Void = { _ in },
    configure: (inout WorkerConfiguration) -> Void = { _ in }, activities: Activities = JourneyWorkflow.activities,
    _ body: @escaping @Sendable (TemporalClient, StartWorkflowOptions) async throws -> Void
) async throws {
    let client = try await liveClient(connection, interceptors: clientInterceptors)
    var configuration = WorkerConfiguration(taskQueue: "journeys-\(UUID().uuidString)")
    configure(&configuration)
    let taskQueue = configuration.taskQueue
    let worker = Worker(
        client: client, configuration: configuration, workflows: [JourneyWorkflow.self, CompanionWorkflow.self],
        activities: activities, interceptors: interceptors, logger: silent)
    try await withThrowingTaskGroup { group in
        group.addTask { try await worker.run() }
        group.addTask { try await body(client, StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue)) }
        try await group.next()
        group.cancelAll()
        try await group.waitForAll()
    }
}
