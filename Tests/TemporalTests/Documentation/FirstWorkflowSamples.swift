import Foundation
import Synchronization
import Temporal
import TemporalTestSupport
import TemporalTesting
import Testing

private struct FakeBank: Bank {
    let charges = Charges()

    func charge(_ cents: Int, idempotencyKey: String) async throws -> String {
        charges.count.withLock { $0 += 1 }
        return "\(idempotencyKey): \(cents)"
    }

    final class Charges: Sendable { let count = Mutex(0) }
}

@Suite("Documentation: a first workflow", .timeLimit(.minutes(5)))
struct FirstWorkflowSamples {
    @Test func theGoodsAreShippedAfterTwoWeeks() async throws {
        let environment = TestEnvironment()
        let begin = environment.now
        var activities = Activities()
        activities.register(Shop.charge) { order, _ in "receipt for \(order.cents)" }
        activities.register(Shop.ship) { _, _ in NoValue() }
        try await environment.withWorker(
            taskQueue: "orders", workflows: [OrderFulfillment.self], activities: activities
        ) { client in
            let receipt = try await place(Order(id: "7", cents: 995, coolingOffDays: 14), client)
            #expect(receipt == "receipt for 995")
        }
        #expect(environment.now.timeIntervalSince(begin) == 14 * 86_400)
    }
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func anOrderSurvivesBadDays(seed: UInt64) async throws {
        var faults = TestFaults()
        faults.evictions = 1
        faults.activityFailures = 0.5
        faults.workflowTaskTimeouts = 0.2
        let environment = TestEnvironment(seed: seed, faults: faults)
        try await environment.withWorker(
            taskQueue: "orders", workflows: [OrderFulfillment.self], activities: shopActivities(FakeBank())
        ) { client in
            let receipt = try await place(Order(id: "7", cents: 995, coolingOffDays: 14), client)
            #expect(receipt == "7: 995")
        }
    }

    @Test("The worker and the client of the first page work with a real server")
    func live() async throws {
        let server = try await TemporalDevServer.shared()
        let client = try await connect(ChannelTarget(host: server.host, port: server.port))
        let bank = FakeBank()
        let worker = Task { try await serveOrders(client, bank) }
        let id = UUID().uuidString
        let receipt = try await place(Order(id: id, cents: 5, coolingOffDays: 0), client)
        #expect(receipt == "\(id): 5")
        #expect(bank.charges.count.withLock { $0 } == 1)
        worker.cancel()
        try await worker.value
    }

    enum Importing {
        static let rows = ActivityType<Int, Int>("import-rows")
    }

    @Test("A heartbeat is where the next attempt begins")
    func heartbeats() async throws {
        let imported = Imported()
        var activities = Activities()
        activities.register(Importing.rows) { count, context in
            var done = 0
            if let details = context.lastHeartbeatDetails.first {
                done = try DataConverter.standard.decode(Int.self, from: details)
            }
            while done < count {
                try Task.checkCancellation()
                try await imported.row(done)
                done += 1
                try await context.heartbeat(done)
            }
            return done
        }
        let environment = TestEnvironment()
        try await environment.withWorker(
            taskQueue: "imports", workflows: [ImportWorkflow.self], activities: activities
        ) { client in
            let workflow = try await client.startWorkflow(
                ImportWorkflow.self, 5, options: StartWorkflowOptions(id: "import", taskQueue: "imports"))
            #expect(try await workflow.result() == 5)
        }
        #expect(imported.rows.withLock { $0 } == [0, 1, 2, 2, 3, 4])
    }

    final class ImportWorkflow: Workflow {
        private let count: Int

        init(_ count: Int) { self.count = count }

        func run(_ context: WorkflowContext) async throws -> Int {
            let options = ActivityOptions(startToClose: .seconds(3600), heartbeat: .seconds(30))
            return try await context.execute(Importing.rows, count, options: options)
        }
    }

    /// Fails at the third row once.
    final class Imported: Sendable {
        let rows = Mutex<[Int]>([])

        func row(_ number: Int) async throws {
            try rows.withLock {
                $0.append(number)
                if $0 == [0, 1, 2] { throw ApplicationFailure("the file is away", type: "Unavailable") }
            }
        }
    }
}
