import Foundation
import PaymentSaga
import PaymentTestSupport
import Synchronization
import Temporal
import TemporalTesting
import Testing

@Suite("What must happen when things fail", .timeLimit(.minutes(5)))
struct FailureCaseTests {
    private static let steps = [
        "ledger.validate", "ledger.authorise", "fraud.assess", "gateway.submit", "ledger.settle",
        "events.publish-outcome", "notifications.send.email",
    ]

    @Test(
        "Case 21: a step whose answer is lost, or that is done twice, has its effect once", arguments: steps,
        [Fault.errorAfterEffect, .duplicate, .errorBeforeEffect])
    func lostAnswers(activity: String, fault: Fault) async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { name, _, number in name == activity && number == 1 ? fault : nil }
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            #expect(try await payment.result().status == .succeeded)
            #expect(scene.world.balance("shop-1") == 10_00)
            #expect(scene.violations == [])
        }
    }

    @Test("Case 21: a debit that seems to fail is undone whether it happened or not", arguments: [true, false])
    func debitFails(hasHappened: Bool) async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in
                activity == "ledger.authorise" ? (hasHappened ? .errorAfterEffect : .errorBeforeEffect) : nil
            }
            let payment = try await scene.start(policy: PaymentPolicy(placement: .distributed))
            let result = try await payment.result()
            #expect(result.status == .failed && result.reasonCode == .internal)
            #expect(scene.world.log(of: "p-1").contains("ledger.return-funds"))
            #expect(scene.world.balance("user-1") == 100_00 && scene.violations == [])
        }
    }

    @Test(
        "Case 21: a worker that is lost with a step leaves it to another attempt, and with all attempts to the compensation"
    )
    func lostWorkers() async throws {
        for lost in [1, 1000] {
            try await PaymentScene.run { scene in
                scene.environment.loseAttempts(lost, of: PaymentActivities.submit)
                let policy = PaymentPolicy(confirmationTimeoutMilliseconds: 60_000, placement: .distributed)
                let payment = try await scene.start(policy: policy)
                let result = try await payment.result()
                #expect(result.reasonCode == (lost == 1 ? .confirmationTimeout : .gatewayUnavailable))
                #expect(scene.world.balance("user-1") == 100_00 && scene.violations == [])
            }
        }
    }

    @Test("Case 21: a gateway that does not answer where the payment is is asked from its queue, under the same key")
    func slowGateway() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, number in
                activity == "gateway.submit" && number <= 2 ? .errorBeforeEffect : nil
            }
            let payment = try await scene.start()
            try await scene.environment.settle()
            try await scene.environment.sleep(for: .seconds(2))
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            #expect(try await payment.result().status == .succeeded)
            let submit = try await payment.query(PaymentWorkflow.status).steps.first { $0.name == "submit" }
            #expect(submit?.attempts == 3)
            #expect(scene.violations == [])
        }
    }

    private func startAndCancel(
        _ scene: PaymentScene, after delay: Duration
    ) async throws -> WorkflowHandle<PaymentWorkflow> {
        let payment = try await scene.start()
        try scene.environment.signal(
            workflowID: "p-1", PaymentWorkflow.cancel, Cancellation(requestedBy: "user-1", reason: "no"), after: delay)
        return payment
    }

    private func expectNoCharge(_ scene: PaymentScene, cancelledAfter delay: Duration) async throws {
        let payment = try await startAndCancel(scene, after: delay)
        #expect(try await payment.result().status == .cancelled)
        #expect([nil, .voided].contains(scene.world.charge("p-1")))
        #expect(scene.world.balance("user-1") == 100_00 && scene.violations == [])
    }

    @Test(
        "Case 21: what embedded steps did in a workflow task that is lost is found again, or undone",
        arguments: 1...UInt64(20))
    func lostTasks(seed: UInt64) async throws {
        var faults = TestFaults()
        faults.workflowTaskTimeouts = 0.5
        try await PaymentScene.run(seed: seed, faults: faults) { scene in
            scene.world.setFaults { activity, _, number in
                // Looked at again, the account is closed.
                activity == "ledger.validate" && number > 1 ? .finalError : nil
            }
            let payment = try await startAndCancel(scene, after: .milliseconds(Int64(seed) * 500))
            let result = try await payment.result()
            #expect(result.status != .succeeded)
            #expect(scene.world.balance("user-1") == 100_00 && scene.violations == [])
        }
    }

    @Test(
        "Case 21: a charge made in a workflow task that is lost is voided when the payment is cancelled meanwhile",
        arguments: 1...UInt64(20))
    func lostCharge(seed: UInt64) async throws {
        var faults = TestFaults()
        faults.workflowTaskTimeouts = 0.5
        try await PaymentScene.run(seed: seed, faults: faults) { scene in
            try await expectNoCharge(scene, cancelledAfter: .milliseconds(Int64(seed) * 500))
        }
    }

    @Test(
        "Case 21: a charge made in a workflow task that is lost is voided, too, when the ledger is slow to say again that it has the debit",
        arguments: 1...UInt64(40))
    func lostChargeAndSlowLedger(seed: UInt64) async throws {
        var faults = TestFaults()
        faults.workflowTaskTimeouts = 0.5
        try await PaymentScene.run(seed: seed, faults: faults) { scene in
            // It fails until the fraud check is over, and again once the task that goes on from there is lost, each time for so
            // long that a workflow task goes by.
            scene.world.setFaults { activity, _, number in
                activity == "ledger.authorise" && number != 7 && number < 10 ? .errorBeforeEffect : nil
            }
            try await expectNoCharge(scene, cancelledAfter: .milliseconds(Int64(seed) * 500))
        }
    }

    @Test("Case 22: when it is unknown whether the gateway took the charge, it is asked, and not charged twice")
    func unknownResult() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, number in
                switch activity {
                case "gateway.submit": .errorAfterEffect
                case "gateway.inquire" where number < 3: .errorBeforeEffect
                default: nil
                }
            }
            let payment = try await scene.start()
            try await scene.environment.settle()
            try await scene.environment.sleep(for: .seconds(10))
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            #expect(try await payment.result().status == .succeeded)
            let log = scene.world.log(of: "p-1").filter { $0.hasPrefix("gateway.") }
            #expect(log == ["gateway.submit", "gateway.inquire"])
            #expect(scene.violations == [])
        }
    }

    @Test("Case 22: an approval is the gateway's word too, when it could not be asked")
    func approvedWhileUnknown() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in
                switch activity {
                case "gateway.submit": .errorAfterEffect
                case "gateway.inquire": .errorBeforeEffect
                default: nil
                }
            }
            let payment = try await scene.start()
            try await scene.environment.sleep(for: .seconds(10))
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            #expect(try await payment.result().status == .succeeded)
            #expect(scene.violations == [])
        }
    }

    @Test(
        "Case 23: without a confirmation for five minutes the payment fails, is voided and returned, over restarts of the worker"
    )
    func confirmationTimeout() async throws {
        let scene = PaymentScene()
        let begin = scene.environment.now
        try await scene.serving(PaymentService.allCases) {
            _ = try await scene.start()
            try await scene.environment.settle()
        }
        try await scene.environment.sleep(for: .seconds(100))
        try await scene.serving(PaymentService.allCases) {
            let result = try await scene.handle().result()
            #expect(result.status == .failed && result.reasonCode == .confirmationTimeout)
            #expect(scene.environment.now.timeIntervalSince(begin) == 300)
            #expect(scene.world.charge("p-1") == .voided && scene.world.balance("user-1") == 100_00)
            #expect(scene.violations == [])
        }
    }

    @Test("Case 24: a suspicious payment fails, and the debit is returned")
    func suspicious() async throws {
        try await PaymentScene.run { scene in
            scene.world.suspect("p-1")
            let result = try await scene.start().result()
            #expect(result.status == .failed && result.reasonCode == .fraudSuspected)
            #expect(scene.world.charge("p-1") == nil && scene.world.balance("user-1") == 100_00)
            #expect(scene.violations == [])
        }
    }

    @Test("Case 24: a fraud check that always fails ends by its own time-out, and the debit is returned")
    func endlessFraudCheck() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in activity == "fraud.assess" ? .errorBeforeEffect : nil }
            let begin = scene.environment.now
            let result = try await scene.start().result()
            #expect(result.status == .failed && result.reasonCode == .internal)
            #expect(result.reason == "the fraud check gave no answer in time")
            #expect(scene.environment.now.timeIntervalSince(begin) <= 120)
            #expect(scene.world.balance("user-1") == 100_00 && scene.violations == [])
        }
    }

    @Test("Case 24: a payment that ends first takes its fraud check with it")
    func fraudCheckEndsWithPayment() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in
                switch activity {
                case "ledger.authorise": .finalError
                case "fraud.assess": .errorBeforeEffect
                default: nil
                }
            }
            let payment = try await scene.start(policy: PaymentPolicy(placement: .distributed))
            #expect(try await payment.result().status == .failed)
            try await scene.environment.settle()
            let check = scene.client.handle(for: FraudCheckWorkflow.self, id: FraudCheckWorkflow.id(of: "p-1"))
            #expect(try await check.describe().status == .terminated)
        }
    }

    @Test("Case 27: when nobody can be told, the outcome is the same, and the failure is on record")
    func notificationsDown() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in
                activity.hasPrefix("notifications.send") ? .errorBeforeEffect : nil
            }
            let payment = try await scene.start(policy: PaymentPolicy(placement: .distributed))
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            #expect(try await payment.result().status == .succeeded)
            let view = try await payment.query(PaymentWorkflow.status)
            for name in ["notify-email", "notify-sms"] {
                let step = try #require(view.steps.first { $0.name == name })
                #expect(step.state == .failed && step.attempts == 3)
            }
            #expect(scene.violations == [])
        }
    }

    @Test("Case 28: an outcome whose publication is not recorded is published again with the same event id")
    func publishedTwice() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, number in
                activity == "events.publish-outcome" && number == 1 ? .errorAfterEffect : nil
            }
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            _ = try await payment.result()
            let ids = scene.world.outcomes(of: "p-1").map(\.eventID)
            #expect(ids == ["p-1/outcome/succeeded", "p-1/outcome/succeeded"])
            #expect(scene.violations == [])
        }
    }

    @Test(
        "Case 34: deadlines follow Temporal's timers, whatever the calendar does",
        arguments: [
            // Before the clocks of Europe go forward, and back; before the leap second of 2016; before 2038.
            1_774_745_990, 1_792_889_990, 1_483_228_700, 2_147_483_500,
        ])
    func clockJumps(start: TimeInterval) async throws {
        var faults = TestFaults()
        faults.evictions = 1
        let begin = Date(timeIntervalSince1970: start)
        try await PaymentScene.run(faults: faults, startTime: begin) { scene in
            let result = try await scene.start().result()
            #expect(result.reasonCode == .confirmationTimeout)
            #expect(scene.environment.now.timeIntervalSince(begin) == 300)
            #expect(scene.violations == [])
        }
    }
}
