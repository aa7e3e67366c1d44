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
            #expect(eventCount <= 28 && taskCount <= 4)
        }
    }

    @Test(
        "A payment goes by the mark of a patch when its starter names no course, and needs none when it does",
        arguments: [("{}", 1), (#"{"course":1}"#, 0)])
    func marks(policy: String, count: Int) async throws {
        let policy = try JSONDecoder().decode(PaymentPolicy.self, from: Data(policy.utf8))
        try await LivePayments.run { payments in
            let payment = try await payments.start(UUID().uuidString.lowercased(), policy: policy)
            try await payments.wait(for: "confirm", payment)
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            #expect(try await payment.result().status == .succeeded)
            let marks = try await payment.history().events.map(\.markerRecordedEventAttributes.markerName)
            #expect(marks.count { $0 == "core_patch" } == count)
        }
    }
}
