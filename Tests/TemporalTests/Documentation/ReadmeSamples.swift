import Foundation
import Temporal
import TemporalAPI
import TemporalTestSupport
import TemporalTesting
import Testing
import WaitingTestSupport

@Suite("Documentation: the sample of the README", .timeLimit(.minutes(5)))
struct ReadmeSamples {
    @Test("The workflow greets after an hour")
    func greeting() async throws {
        let environment = TestEnvironment()
        let begin = environment.now
        var activities = Activities()
        activities.register(Greeting.compose) { name, _ in "Good morning, \(name)" }
        try await environment.withWorker(
            taskQueue: "greetings", workflows: [Greeting.self], activities: activities
        ) { client in
            let greeting = try await client.startWorkflow(
                Greeting.self, "Ann", options: StartWorkflowOptions(id: "g", taskQueue: "greetings"))
            #expect(try await greeting.result() == "Good morning, Ann")
        }
        #expect(environment.now.timeIntervalSince(begin) == 3600)
    }

    @Test("Its worker serves a real server")
    func worker() async throws {
        let server = try await TemporalDevServer.shared()
        let serving = Task { try await serveGreetings(ChannelTarget(host: server.host, port: server.port)) }
        let client = TemporalClient(try await liveConnection())
        let greeting = try await client.startWorkflow(
            Greeting.self, "Ann", options: StartWorkflowOptions(id: UUID().uuidString, taskQueue: "greetings"))
        try await eventually("the timer runs") {
            try await greeting.fetchHistory().contains { $0.eventType == .timerStarted }
        }
        try await greeting.terminate(reason: "seen enough")
        serving.cancel()
        try await serving.value
    }
}
