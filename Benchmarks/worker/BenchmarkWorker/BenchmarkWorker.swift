import Foundation
import Logging
import Temporal

/// A workflow that returns at once: what it costs is the worker's own cost.
final class NoOpWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue { NoValue() }
}

/// A workflow of one activity that does nothing.
final class OneActivityWorkflow: Workflow {
    static let noOp = ActivityType<NoValue, NoValue>("noOp")

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await context.execute(Self.noOp, NoValue(), options: ActivityOptions(startToClose: .seconds(30)))
    }
}

/// Serves both on a task queue until it is killed: `BenchmarkWorker HOST:PORT TASK_QUEUE`.
@main
struct BenchmarkWorker {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let separator = arguments[1].lastIndex(of: ":"),
            let port = Int(arguments[1][arguments[1].index(after: separator)...])
        else {
            print("usage: BenchmarkWorker HOST:PORT TASK_QUEUE")
            return
        }
        let target = ChannelTarget(host: String(arguments[1][..<separator]), port: port)
        let client = TemporalClient(try await TemporalConnection.connect(.init(target: target)))
        var activities = Activities()
        activities.register(OneActivityWorkflow.noOp) { _, _ in NoValue() }
        let worker = Worker(
            client: client, configuration: WorkerConfiguration(taskQueue: arguments[2]),
            workflows: [NoOpWorkflow.self, OneActivityWorkflow.self], activities: activities,
            logger: Logger(label: "benchmark"))
        // Written at once: the benchmark waits for this line, and standard output to a pipe is buffered.
        try FileHandle.standardOutput.write(contentsOf: Data("ready\n".utf8))
        try await worker.run()
    }
}
