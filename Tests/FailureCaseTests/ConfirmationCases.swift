import Kafka
import Logging
import PaymentSaga
import Temporal
import TemporalAPI
import Testing

@testable import Bridge

@Suite("Failure cases: confirmations", .timeLimit(.minutes(5))) struct ConfirmationCases {
    /// Runs a worker whose activities all succeed while `body` runs.
    private func withWorker(_ stage: Stage, _ body: () async throws -> Void) async throws {
        var activities = Activities()
        activities.register(PaymentActivities.validate) { _, _ in .accepted }
        activities.register(PaymentActivities.authorise) { _, _ in .accepted }
        activities.register(PaymentActivities.settle) { _, _ in NoValue() }
        activities.register(PaymentActivities.returnFunds) { _, _ in NoValue() }
        activities.register(PaymentActivities.assessFraud) { _, _ in .init(isSuspicious: false, score: 0, reason: "") }
        activities.register(PaymentActivities.submit) { _, _ in GatewaySubmission(reference: "g") }
        activities.register(PaymentActivities.void) { _, _ in NoValue() }
        activities.register(PaymentActivities.publishOutcome) { _, _ in NoValue() }
        activities.register(PaymentActivities.notify) { _, _ in NoValue() }
        let worker = Worker(
            client: stage.client, configuration: WorkerConfiguration(taskQueue: stage.name),
            workflows: [PaymentWorkflow.self, FraudCheckWorkflow.self], activities: activities,
            logger: Logger(label: "worker") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await worker.run() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        running.cancel()
        _ = try? await running.value
        try result.get()
    }

    private func status(_ payment: String, _ stage: Stage) async throws -> PaymentStatusView {
        try await stage.client.handle(for: PaymentWorkflow.self, id: payment).query(PaymentWorkflow.status)
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
            try await stage.withBridge(configure: { $0.unknownWorkflowHold = .seconds(5) }) {
                try await stage.send([
                    PaymentRecords.confirmation(payment), PaymentRecords.confirmation(nobody),
                ])
                try await Task.sleep(for: .seconds(1))
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

    @Test("Case 08: a confirmation after its payment has ended is never dropped without a word")
    func late() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            try await stage.withBridge {
                try await stage.send([PaymentRecords.request(payment)])
                try await stage.waitForStarts([payment])
                try await stage.client.handle(id: payment).terminate(reason: "ended")
                try await stage.send([PaymentRecords.confirmation(payment)])
                try await eventually { try await stage.deadLetters().count == 1 }
            }
            let letter = try #require(try await stage.deadLetters().first)
            #expect(letter.headers.text(of: DeadLetterHeader.reason) == "late_confirmation")
        }
    }

    @Test("Case 09: a confirmation that comes again, by the same event or by another, is applied once")
    func duplicate() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            try await withWorker(stage) {
                try await stage.withBridge {
                    try await stage.send([PaymentRecords.request(payment)])
                    try await stage.waitForStarts([payment])
                    let again = try PaymentRecords.confirmation(payment)
                    try await stage.send([again, again, PaymentRecords.confirmation(payment, eventID: "another")])
                    try await eventually { try await status(payment, stage).status == .succeeded }
                    // The events are one request, two or three; the payment is one.
                    try await eventually { stage.applied + (try await stage.deadLetters().count) == 4 }
                }
                #expect(try await status(payment, stage).status == .succeeded)
                let history = try await stage.client.handle(id: payment).fetchHistory()
                let settlements = history.count {
                    $0.activityTaskScheduledEventAttributes.activityType.name == PaymentActivities.settle.name
                }
                #expect(settlements == 1)
            }
        }
    }

    @Test("Case 10: of two confirmations that contradict each other the first counts, and the second moves no money")
    func contradiction() async throws {
        try await Stage.run { stage in
            let payment = stage.payment(0)
            try await withWorker(stage) {
                try await stage.withBridge {
                    try await stage.send([PaymentRecords.request(payment)])
                    try await stage.waitForStarts([payment])
                    try await stage.send([
                        PaymentRecords.confirmation(payment, id: "c-1"),
                        PaymentRecords.confirmation(payment, id: "c-2", isApproved: false),
                    ])
                    try await eventually { try await status(payment, stage).status == .succeeded }
                    try await eventually { stage.applied + (try await stage.deadLetters().count) == 3 }
                }
                let history = try await stage.client.handle(id: payment).fetchHistory()
                let refunds = history.count {
                    $0.activityTaskScheduledEventAttributes.activityType.name == PaymentActivities.returnFunds.name
                }
                #expect(refunds == 0)
            }
        }
    }

    @Test(
        "Case 11: a signal that comes while its payment completes is seen by it before it ends, or is known to be late")
    func whileCompleting() async throws {
        try await Stage.run { stage in
            let payments = (0..<15).map(stage.payment)
            try await withWorker(stage) {
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
                    try await eventually { try await !stage.client.handle(id: payment).describe().status.isOpen }
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
