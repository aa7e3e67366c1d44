import Foundation
import PaymentSaga
import Synchronization
import Temporal
import TemporalTesting
import Testing

@Suite("A merchant's settlement", .timeLimit(.minutes(5)))
struct SettlementTests {
    /// Publishes batches to memory; the first `failures` attempts of each fail.
    private final class Publications: Sendable {
        private let state = Mutex<(batches: [SettlementAnnouncement], failures: Int)>(([], 0))

        init(failures: Int = 0) { state.withLock { $0.failures = failures } }

        var batches: [SettlementAnnouncement] { state.withLock { $0.batches } }

        var activities: Activities {
            var activities = Activities()
            activities.register(SettlementActivities.publish) { announcement, _ in
                try self.state.withLock { state in
                    if state.failures > 0 {
                        state.failures -= 1
                        throw ApplicationFailure("down", type: "Down")
                    }
                    state.batches.append(announcement)
                }
                return NoValue()
            }
            return activities
        }
    }

    private static func payment(_ number: Int) -> SettledPayment {
        SettledPayment(paymentID: "p-\(number)", amount: Amount(currency: "EUR", minorUnits: Int64(number)))
    }

    private func settle(
        _ policy: SettlementPolicy, _ publications: Publications, evictions: Double = 0,
        _ body: @escaping @Sendable (TestEnvironment, @Sendable (Int) async throws -> Void) async throws -> Void
    ) async throws {
        var faults = TestFaults()
        faults.evictions = evictions
        // Ten in the morning.
        let environment = TestEnvironment(
            faults: faults,
            startTime: Date(
                timeIntervalSince1970: 1_750_032_000 + 10 * 3600 - 1_750_032_000.remainder(dividingBy: 86_400)))
        try await environment.withWorker(
            taskQueue: TaskQueues.settlement, workflows: [SettlementWorkflow.self],
            activities: publications.activities
        ) { client in
            try await body(environment) { number in
                _ = try await client.signalWithStart(
                    SettlementWorkflow.self, SettlementState(merchantID: "shop", policy: policy),
                    signal: SettlementWorkflow.collect, Self.payment(number),
                    options: StartWorkflowOptions(
                        id: SettlementWorkflow.id(of: "shop"), taskQueue: TaskQueues.settlement))
            }
        }
    }

    @Test("closes a batch that is full, and goes on with the next in a run of its own", arguments: [0.0, 1.0])
    func full(evictions: Double) async throws {
        let publications = Publications()
        try await settle(.init(maximumPayments: 3), publications, evictions: evictions) { environment, collect in
            for number in 1...7 {
                try await collect(number)
                try await environment.settle()
            }
            #expect(publications.batches.map(\.number) == [1, 2])
            #expect(
                publications.batches.map { $0.payments.map(\.paymentID) } == [
                    ["p-1", "p-2", "p-3"], ["p-4", "p-5", "p-6"],
                ])
            #expect(environment.histories.count == 3)
            #expect(environment.histories.allSatisfy { $0.events.count < 40 })
        }
    }

    @Test("closes the day's batch at the cut-off, and publishes nothing on a day without payments")
    func cutOff() async throws {
        let publications = Publications()
        let cutOff: Int64 = 22 * 3_600_000
        try await settle(.init(cutOffMilliseconds: cutOff), publications) { environment, collect in
            try await collect(1)
            try await environment.sleep(for: .seconds(11 * 3600))
            #expect(publications.batches.isEmpty)
            try await environment.sleep(for: .seconds(2 * 3600))
            #expect(publications.batches.map { $0.payments.count } == [1])
            let closedAt = try #require(publications.batches.first?.closedAt.timeIntervalSince1970)
            #expect(abs(closedAt.truncatingRemainder(dividingBy: 86_400) - 22 * 3600) < 2)
            try await environment.sleep(for: .seconds(72 * 3600))
            #expect(publications.batches.count == 1)
            try await collect(2)
            try await environment.sleep(for: .seconds(24 * 3600))
            #expect(publications.batches.map(\.number) == [1, 2])
        }
    }

    @Test("counts a payment once, also when it comes again in a later batch")
    func repeated() async throws {
        let publications = Publications()
        try await settle(.init(maximumPayments: 2), publications) { environment, collect in
            for number in [1, 1, 2, 1, 2, 3, 3, 4] {
                try await collect(number)
                try await environment.settle()
            }
            #expect(publications.batches.map { $0.payments.map(\.paymentID) } == [["p-1", "p-2"], ["p-3", "p-4"]])
        }
    }

    @Test("loses no payment that comes while a batch cannot be published")
    func brokerDown() async throws {
        let publications = Publications(failures: 5)
        try await settle(.init(maximumPayments: 2), publications) { environment, collect in
            for number in 1...5 { try await collect(number) }
            try await environment.sleep(for: .seconds(600))
            #expect(publications.batches.map { $0.payments.map(\.paymentID) } == [["p-1", "p-2"], ["p-3", "p-4"]])
            try await environment.sleep(for: .seconds(24 * 3600))
            #expect(publications.batches.last?.payments.map(\.paymentID) == ["p-5"])
        }
    }

    @Test("goes on reconciling where the run before ended")
    func reconciliation() async throws {
        var activities = Activities()
        activities.register(SettlementActivities.reconcile) { state, _ in
            ReconciliationReport(
                compared: 1, differences: 0, completedAt: Date(timeIntervalSince1970: 0),
                next: ReconciliationState(positions: ["clearing-EUR": (state.positions["clearing-EUR"] ?? 0) + 10]))
        }
        let report = try await TestEnvironment().withWorker(
            taskQueue: TaskQueues.settlement, workflows: [ReconciliationWorkflow.self], activities: activities
        ) { client in
            try await client.startWorkflow(
                ReconciliationWorkflow.self, ReconciliationState(positions: ["clearing-EUR": 5]),
                options: StartWorkflowOptions(id: "r", taskQueue: TaskQueues.settlement)
            ).result()
        }
        #expect(report.next.positions == ["clearing-EUR": 15])
    }
}
