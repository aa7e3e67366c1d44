import Foundation
import Logging
import PaymentSaga
import Temporal

/// Serves payments whose services answer at once, until it is killed: `BenchmarkPayments HOST:PORT TASK_QUEUE MILLISECONDS`. The
/// gateway confirms that many milliseconds after it took a charge. What a payment costs then is the saga's own cost.
@main
struct BenchmarkPayments {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let separator = arguments[1].lastIndex(of: ":"),
            let port = Int(arguments[1][arguments[1].index(after: separator)...]), let delay = Int64(arguments[3])
        else {
            print("usage: BenchmarkPayments HOST:PORT TASK_QUEUE MILLISECONDS")
            return
        }
        let target = ChannelTarget(host: String(arguments[1][..<separator]), port: port)
        let client = TemporalClient(try await TemporalConnection.connect(.init(target: target)))
        let activities = activities(client, confirmationDelay: .milliseconds(delay))
        let workers = [PaymentService.orchestrator, .gateway, .fraud].map { service in
            Worker(
                client: client,
                configuration: WorkerConfiguration(taskQueue: service.taskQueue(of: arguments[2])),
                workflows: service.workflows, activities: activities, logger: Logger(label: "benchmark"))
        }
        // Written at once: the benchmark waits for this line, and standard output to a pipe is buffered.
        try FileHandle.standardOutput.write(contentsOf: Data("ready\n".utf8))
        try await withThrowingTaskGroup { group in
            for worker in workers { group.addTask { try await worker.run() } }
            try await group.waitForAll()
        }
    }

    private static func activities(_ client: TemporalClient, confirmationDelay: Duration) -> Activities {
        var activities = Activities()
        activities.register(counting: PaymentActivities.validate) { _, _ in .accepted }
        activities.register(counting: PaymentActivities.authorise) { _, _ in .accepted }
        activities.register(counting: PaymentActivities.settle) { _, _ in SettleResult() }
        activities.register(counting: PaymentActivities.publishOutcome) { _, _ in NoValue() }
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
