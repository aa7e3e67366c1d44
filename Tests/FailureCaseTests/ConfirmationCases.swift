import Kafka
import Logging
import PaymentSaga
import PaymentServices
import PaymentTestSupport
import Temporal
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite("Failure cases: confirmations", .timeLimit(.minutes(5))) struct ConfirmationCases {
    /// Runs workers of all services of payments while `body` runs.
    private func withWorkers(_ stage: Stage, _ body: (PaymentWorld) async throws -> Void) async throws {
        let world = PaymentWorld(users: [PaymentRecords.user], balance: 1_000_000)
        var activities = world.activities
        let archive = PaymentArchive(client: stage.client)
        activities.register(PaymentActivities.recall) { payment, _ in try await archive.recall(payment) }
        let workers = PaymentService.allCases.map { service in
            Worker(
                client: stage.client,
                configuration: WorkerConfiguration(taskQueue: service.taskQueue(of: stage.name)),
                workflows: service.workflows, activities: activities,
                logger: Logger(label: "worker") { _ in SwiftLogNoOpLogHandler() })
        }
        let running = workers.map { worker in Task { try await worker.run() } }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(world))
        } catch {
            result = .failure(error)
        }
        for worker in running { worker.cancel() }
        for worker in running { _ = try? await worker.value }
        try result.get()
    }

    private func waitForEnd(_ payment: String, _ stage: Stage) async throws {
        try await eventually { try await !stage.client.handle(id: payment).describe().status.isOpen }
    }

    private func signals(_ payment: String, _ stage: Stage) async throws -> Int {
        try await stage.client.handle(id: payment).fetchHistory()
            .count { $0.eventType == .workflowExecutionSignaled }
    }

    @Test(
        "Case 07: a confirmation before its request waits and is applied; one whose request never comes is parked in time"
    )
    func early() async throws {
        try await Stage.run { stage in
            let (payment, nobody) = (stage.payment(0), stage.payment(1))
            try await stage.withBridge(configure: { $0.unknownWorkflowHold = .seconds(20) }) {
                try await stage.send([
                    PaymentRecords.confirmation(payment), PaymentRecords.confirmation(nobody),
                ])
                try await eventually { stage.searches > 2 }
                #expect(try await stage.deadLetters().isEmpty)
                try await stage.send([PaymentRecords.request(payment)])
                try await stage.waitForStarts([payment])
                try await eventually { try await signals(payment, stage) == 1 }
                try await eventually { try await stage.deadLetters().count == 1 }
            }
            let letter = try #require(try await stage.deadLetters().first)
            #expect(letter.headers.text(of: DeadLetterHeader.reason) == "unknown_payment")
            #expect(letter.key == Array(nobody.utf8))
            #expect(try await stage.committed().values.reduce(0, +) == 3)
        }
    }

    @Test("Case 05: read again when Temporal has forgotten it, a payment moves no money twice, and repeats its outcome")
    func forgotten() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            try await withWorkers(stage) { world in
                let records = [try PaymentRecords.request(payment), try PaymentRecords.confirmation(payment)]
                try await stage.send(records)
                try await stage.withBridge {
                    try await eventually { stage.applied >= 2 }
                    try await waitForEnd(payment, stage)
                }
                let balance = world.balance(PaymentRecords.user)
                #expect(balance < 1_000_000)
                // As the server does it when the namespace's retention is over.
                try await stage.client.handle(id: payment).delete()
                try await eventually { try await !stage.isStarted(payment) }
                try await stage.withBridge(configure: { $0.groupID = "another" }) {
                    try await eventually { stage.applied >= 4 }
                    try await waitForEnd(payment, stage)
                }
                #expect(world.balance(PaymentRecords.user) == balance)
                #expect(world.charge(payment) == .accepted)
                let outcomes = world.outcomes(of: payment)
                #expect(outcomes.count >= 2)
                #expect(Set(outcomes.map(\.eventID)) == ["\(payment)/outcome/succeeded"])
            }
            #expect(try await stage.deadLetters().isEmpty)
        }
    }

    @Test("Case 08: an approval after its payment was cancelled has the gateway give the money back")
    func late() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            try await withWorkers(stage) { world in
                try await stage.withBridge {
                    try await stage.send([PaymentRecords.request(payment)])
                    try await eventually { world.charge(payment) == .accepted }
                    try await stage.send([PaymentRecords.cancellation(payment, number: 0)])
                    try await waitForEnd(payment, stage)
                    let confirmation = try PaymentRecords.confirmation(payment)
                    try await stage.send([confirmation, confirmation])
                    try await eventually { world.charge(payment) == .refunded }
                    try await eventually { stage.applied >= 4 }
                    // Another one is not dropped without a word.
                    try await stage.send([PaymentRecords.confirmation(payment, id: "c-2")])
                    try await eventually { try await stage.deadLetters().count == 1 }
                }
                #expect(world.balance(PaymentRecords.user) == 1_000_000)
                #expect(world.log(of: payment).contains(PaymentActivities.refund.name))
            }
            let letter = try #require(try await stage.deadLetters().first)
            #expect(letter.headers.text(of: DeadLetterHeader.reason) == "conflict")
        }
    }

    @Test("Case 09: a confirmation that comes again, by the same event or by another, is applied once")
    func duplicate() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            try await withWorkers(stage) { world in
                try await stage.withBridge {
                    try await stage.send([PaymentRecords.request(payment)])
                    try await stage.waitForStarts([payment])
                    let again = try PaymentRecords.confirmation(payment)
                    try await stage.send([again, again, PaymentRecords.confirmation(payment, eventID: "another")])
                    try await eventually { stage.applied >= 4 }
                    try await waitForEnd(payment, stage)
                }
                #expect(world.balance(PaymentRecords.user) == 1_000_000 - 2_599)
                #expect(Set(world.outcomes(of: payment).map(\.status)) == ["succeeded"])
            }
            #expect(try await stage.deadLetters().isEmpty)
        }
    }

    @Test("Case 10: of two confirmations that contradict each other the first counts, and the second moves no money")
    func contradiction() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            try await withWorkers(stage) { world in
                try await stage.withBridge {
                    try await stage.send([PaymentRecords.request(payment)])
                    try await stage.waitForStarts([payment])
                    try await stage.send([
                        PaymentRecords.confirmation(payment, id: "c-1"),
                        PaymentRecords.confirmation(payment, id: "c-2", isApproved: false),
                    ])
                    try await eventually { stage.applied >= 3 }
                    try await waitForEnd(payment, stage)
                }
                #expect(Set(world.outcomes(of: payment).map(\.status)) == ["succeeded"])
                #expect(world.charge(payment) == .accepted)
                #expect(!world.log(of: payment).contains(PaymentActivities.returnFunds.name))
            }
        }
    }

    @Test(
        "Case 11: a signal that comes while its payment completes is seen by it before it ends, or is known to be late")
    func whileCompleting() async throws {
        try await Stage.run { stage in
            let payments = (0..<15).map(stage.payment)
            try await withWorkers(stage) { _ in
                try await stage.withBridge {
                    for payment in payments {
                        try await stage.send([PaymentRecords.request(payment)])
                        try await stage.waitForStarts([payment])
                        // The first ends it; the others race with its last workflow tasks.
                        try await stage.send([PaymentRecords.confirmation(payment)])
                        try await stage.send((0..<10).map { try PaymentRecords.cancellation(payment, number: $0) })
                    }
                    try await eventually {
                        stage.applied + (try await stage.deadLetters().count) == payments.count * 12
                    }
                }
                var seen = 0
                for payment in payments {
                    try await waitForEnd(payment, stage)
                    let history = try await stage.client.handle(id: payment).fetchHistory()
                    seen += history.count { $0.eventType == .workflowExecutionSignaled }
                    let lastSignal = history.last { $0.eventType == .workflowExecutionSignaled }?.eventID ?? 0
                    let lastTask = history.last { $0.eventType == .workflowTaskStarted }?.eventID ?? 0
                    #expect(lastSignal < lastTask, "\(payment) ended without having seen a signal it was sent")
                }
                // Each was either in a history or among the dead letters.
                #expect(seen + (try await stage.deadLetters().count) == payments.count * 11)
            }
        }
    }

    @Test("Case 12: a confirmation that can't be decoded is put aside before it is sent, and the next one is applied")
    func undecodable() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            var broken = try PaymentRecords.confirmation(payment)
            broken.value = Array("{\"payment_id\":\"\(payment)\",\"status\":7.5}".utf8)
            let whole = try PaymentRecords.confirmation(payment)
            try await stage.withBridge {
                try await stage.send([PaymentRecords.request(payment)])
                try await stage.waitForStarts([payment])
                try await stage.send([broken, whole])
                try await eventually { try await signals(payment, stage) == 1 }
                try await eventually { try await stage.deadLetters().count == 1 }
            }
            let letter = try #require(try await stage.deadLetters().first)
            #expect(letter.value == broken.value)
        }
    }
}
