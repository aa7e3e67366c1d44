import Logging
import Temporal

final class Greeting: Workflow {
    static let compose = ActivityType<String, String>("compose")
    private let name: String

    init(_ name: String) { self.name = name }

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.sleep(for: .seconds(3600))
        return try await context.execute(Self.compose, name, options: ActivityOptions(startToClose: .seconds(10)))
    }
}

func serveGreetings(_ server: ChannelTarget) async throws {
    let client = TemporalClient(try await TemporalConnection.connect(.init(target: server)))
    var activities = Activities()
    activities.register(Greeting.compose) { name, _ in "Hello, \(name)" }
    let worker = Worker(
        client: client, configuration: WorkerConfiguration(taskQueue: "greetings"),
        workflows: [Greeting.self], activities: activities, logger: Logger(label: "greetings"))
    try await worker.run()
}
