import Foundation
import PaymentSaga
import PaymentTestSupport
import Temporal
import TemporalAPI
import Testing

@Suite("What a payment costs", .timeLimit(.minutes(5)))
struct HistorySizeTests {
    @Test("A payment that succeeds takes few events and workflow tasks")
    func success() async throws {
        try await LivePayments.run { payments in
            let id = UUID().uuidString.lowercased()
            let payment = try await RecordedCourse.success.play(id, on: payments)
            let events = try await payment.history().events
            let tasks = events.indices.filter { events[$0].eventType == .workflowTaskCompleted }
            // On a slow machine, a task that runs local activities is kept alive by answering it: three events more.
            let kept = tasks.filter {
                events.indices.contains($0 + 1) && events[$0 + 1].eventType == .workflowTaskScheduled
            }
            let (eventCount, taskCount) = (events.count - 3 * kept.count, tasks.count - kept.count)
            print("a successful payment has \(eventCount) events and \(taskCount) workflow tasks")
            // The payment begins, its fraud check has begun, has ended, the gateway confirms: each is a task, and three events of it.
            #expect(eventCount <= 30 && taskCount <= 4)
        }
    }
}
