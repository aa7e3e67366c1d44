import Foundation
import Logging
import PaymentSaga
import Temporal

/// One of two parts of the benchmark, each until it is killed:
///
/// - `BenchmarkPayments HOST:PORT TASK_QUEUE MILLISECONDS` serves payments whose services answer at once. The gateway confirms that
///   many milliseconds after it took a charge. What a payment costs then is the saga's own cost.
/// - `BenchmarkPayments HOST:PORT` starts a payment for each line `ID TASK_QUEUE` that it reads.
@main
struct BenchmarkPayments {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 2 || arguments.count == 4, let separator = arguments[1].lastIndex(of: ":"),
            let port = Int(arguments[1][arguments[1].index(after: separator)...])
        else {
            print("usage: BenchmarkPayments HOST:PORT [TASK_QUEUE MILLISECONDS]")
            return
        }
        let target = ChannelTarget(host: String(arguments[1][..<separator]), port: port)
        let client = TemporalClient(try await TemporalConnection.connect(.init(target: target)))
        if arguments.count == 4 {
            try await serve(client, arguments[2], confirmationDelay: .milliseconds(Int64(arguments[3]) ?? 0))
        } else {
            try await start(client)
        }
    }

    private static func start(_ client: TemporalClient) async throws {
        try tell("ready")
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
        try await withThrowingDiscardingTaskGroup { group in
            for await line in lines {
                let words = line.split(separator: " ").map(String.init)
                group.addTask { try await start(words[0], words[1], client) }
            }
        }
    }

    /// As the bridge does.
    private static func start(_ id: String, _ queue: String, _ client: TemporalClient) async throws {
        let request = PaymentRequest(
            paymentID: id, userID: "user-1", merchantID: "merchant-1",
            amount: Amount(currency: "USD", minorUnits: 1999), methodType: "card", methodToken: "tok_ok")
        _ = try await client.startWorkflow(
            PaymentWorkflow.self, PaymentInput(request: request),
            options: StartWorkflowOptions(
                id: id, taskQueue: queue, searchAttributes: try PaymentAttributes.initial(of: request)))
    }

    private static func serve(_ client: TemporalClient, _ queue: String, confirmationDelay: Duration) async throws {
        let activities = activities(client, confirmationDelay: confirmationDelay)
        let workers = [PaymentService.orchestrator, .gateway, .fraud].map { service in
            Worker(
                client: client,
                configuration: WorkerConfiguration(
                    taskQueue: service.taskQueue(of: queue), workflowPollers: .autoscaling()),
                workflows: service.workflows, activities: activities, logger: Logger(label: "benchmark"))
        }
        try tell("ready")
        try await withThrowingTaskGroup { group in
            for worker in workers { group.addTask { try await worker.run() } }
            try await group.waitForAll()
        }
    }

    /// Writes a line at once: the benchmark waits for it, and standard output to a pipe is buffered.
    private static func tell(_ line: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
    }

    private static func activities(_ client: TemporalClient, confirmationDelay: Duration) -> Activities {
        var activities = Activities()
        activities.register(counting: PaymentActivities.validate) { _, _ in .accepted }
        activities.register(counting: PaymentActivities.authorise) { _, _ in .accepted }
        activities.register(counting: PaymentActivities.settle) { _, _ in SettleResult() }
        activities.register(counting: PaymentActivities.publishOutcome) { announcement, _ in
            try tell("\(announcement.request.paymentID) \(announcement.result.status.rawValue)")
            return NoValue()
        }
        activities.register(counting: PaymentActivities.notify) { _, _ in NoValue() }
        activities.register(PaymentActivities.assessFraud) { _, _ in
            FraudAssessment(isSuspicious: false, score: 5, reason: "")
        }
        activities.register(counting: PaymentActivities.submit) { request, _ in
            let payment = client.handle(for: PaymentWorkflow.self, id: request.paymentID)
            Task {
                try await Task.sleep(for: confirmationDelay)
                try await payment.signal(
                    PaymentWorkflow.confirmation,
                    Confirmation(
                        confirmationID: "confirmation", status: .approved, gatewayReference: "charge", reason: ""))
            }
            return .accepted(reference: "charge")
        }
        return activities
    }
}
