import Foundation
import PaymentSaga
import PaymentTestSupport
import Temporal
import TemporalTesting
import Testing

@Suite("Stuck payments", .timeLimit(.minutes(5)))
struct StuckPaymentTests {
    @Test("Case 26: a compensation that fails is tried for ever, ever more seldom, and shows as stuck; others go on")
    func triedForEver() async throws {
        try await withStuckPayment { scene, payment in
            let view = try await payment.query(PaymentWorkflow.status)
            #expect(view.stuckStep == "return-funds" && view.status == .processing)
            #expect(try await scene.isMarkedStuck(payment))
            let early = try await attempts(of: payment)

            let other = try await scene.start(.sample("p-2"))
            try await other.signal(PaymentWorkflow.confirmation, .approved("c-2"))
            #expect(try await other.result().status == .succeeded)

            try await scene.environment.sleep(for: .seconds(86_400))
            let late = try await attempts(of: payment)
            // Once an hour in the end, six attempts each time.
            #expect(late > early && late < 6 * 40)

            scene.world.setFaults { _, _, _ in nil }
            #expect(try await payment.result().status == .cancelled)
            #expect(try await !scene.isMarkedStuck(payment))
            #expect(scene.violations == [])
        }
    }

    @Test("Case 26: an operator has it tried again at once, which is on record")
    func resumed() async throws {
        try await withStuckPayment { scene, payment in
            try await scene.environment.sleep(for: .seconds(86_400))
            scene.world.setFaults { _, _, _ in nil }
            let before = scene.environment.now
            let request = ResumeRequest(operatorName: "eve", reason: "the ledger is back")
            _ = try await payment.executeUpdate(PaymentWorkflow.resume, request)
            #expect(try await payment.result().status == .cancelled)
            #expect(scene.environment.now.timeIntervalSince(before) < 1)
            let view = try await payment.query(PaymentWorkflow.status)
            let intervention = try #require(view.interventions.first)
            #expect(view.interventions.count == 1 && intervention.action == .resume)
            #expect(intervention.operatorName == "eve" && intervention.reason == "the ledger is back")
            #expect(intervention.step == "return-funds" && intervention.at == before)
            #expect(scene.violations == [])
        }
    }

    @Test(
        "Case 26: an operator forces the outcome, which is on record", arguments: ["succeeded", "failed", "cancelled"])
    func forced(outcome: String) async throws {
        let status = try #require(PaymentStatusView.Status(rawValue: outcome))
        try await withStuckPayment { scene, payment in
            let forced = ForcedOutcome(operatorName: "eve", status: status, reason: "paid back by hand")
            _ = try await payment.executeUpdate(PaymentWorkflow.forceOutcome, forced)
            scene.world.note(forced: "p-1")
            #expect(try await payment.result().status == status)
            #expect(scene.world.outcomes(of: "p-1").map(\.status) == [outcome])
            let view = try await payment.query(PaymentWorkflow.status)
            #expect(view.interventions.map(\.forcedStatus) == [status] && view.stuckStep == nil)
            #expect(view.steps.first { $0.name == "return-funds" }?.state == .overridden)
            #expect(scene.violations == [])
        }
    }

    @Test("A settlement that fails is tried for ever too; forced to fail, the payment is undone")
    func settlement() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in activity == "ledger.settle" ? .finalError : nil }
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            try await scene.environment.sleep(for: .seconds(60))
            #expect(try await payment.query(PaymentWorkflow.status).stuckStep == "settle")
            let forced = ForcedOutcome(operatorName: "eve", status: .failed, reason: "the merchant is gone")
            _ = try await payment.executeUpdate(PaymentWorkflow.forceOutcome, forced)
            #expect(try await payment.result().status == .failed)
            #expect(scene.world.balance("user-1") == 100_00)
            try await scene.environment.settle()
            #expect(scene.world.charge("p-1") == .refunded && scene.violations == [])
        }
    }

    @Test("A payment that isn't stuck, and one whose outcome is decided, refuse an operator with the reason")
    func refused() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await scene.environment.settle()
            let resume = ResumeRequest(operatorName: "eve", reason: "impatience")
            #expect(
                try await failure { try await payment.executeUpdate(PaymentWorkflow.resume, resume) }
                    == PaymentFailure.notStuck)
            scene.world.setFaults { activity, _, _ in activity == "events.publish-outcome" ? .finalError : nil }
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            try await scene.environment.settle()
            let forced = ForcedOutcome(operatorName: "eve", status: .failed, reason: "impatience")
            #expect(
                try await failure { try await payment.executeUpdate(PaymentWorkflow.forceOutcome, forced) }
                    == PaymentFailure.notForcible)
            scene.world.setFaults { _, _, _ in nil }
            _ = try await payment.executeUpdate(PaymentWorkflow.resume, resume)
            #expect(try await payment.result().status == .succeeded)
        }
    }

    /// A payment that was cancelled, and can't return the money.
    private func withStuckPayment(
        _ body: @Sendable (PaymentScene, WorkflowHandle<PaymentWorkflow>) async throws -> Void
    ) async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, id, _ in
                activity == "ledger.return-funds" && id == "p-1" ? .errorBeforeEffect : nil
            }
            // Remote steps, whose pauses are virtual time.
            let payment = try await scene.start(policy: PaymentPolicy(placement: .distributed))
            try await scene.environment.settle()
            try await payment.signal(PaymentWorkflow.cancel, Cancellation(requestedBy: "user-1", reason: "no"))
            try await scene.environment.sleep(for: .seconds(20))
            try await body(scene, payment)
        }
    }

    private func attempts(of payment: WorkflowHandle<PaymentWorkflow>) async throws -> Int {
        let view = try await payment.query(PaymentWorkflow.status)
        return view.steps.first { $0.name == "return-funds" }?.attempts ?? 0
    }

    private func failure(_ body: () async throws -> PaymentStatusView) async throws -> String? {
        let error = await #expect(throws: WorkflowUpdateFailedError.self) { try await body() }
        return (error?.cause as? ApplicationFailure)?.type
    }
}

extension PaymentScene {
    func isMarkedStuck(_ payment: WorkflowHandle<PaymentWorkflow>) async throws -> Bool {
        try await payment.describe().searchAttributes[PaymentAttributes.stuck] ?? false
    }
}
