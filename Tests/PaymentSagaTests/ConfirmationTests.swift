import Foundation
import PaymentSaga
import PaymentTestSupport
import Temporal
import TemporalTesting
import Testing

@Suite("Confirmations", .timeLimit(.minutes(5)))
struct ConfirmationTests {
    @Test("One that comes before the gateway was asked is kept, and counts")
    func early() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            #expect(try await payment.result().status == .succeeded)
            #expect(scene.violations == [])
        }
    }

    @Test("Repetitions count once; the first word counts, and what contradicts it is on record")
    func contradictions() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await scene.environment.settle()
            let confirmations: [PaymentSaga.Confirmation] = [
                .approved("c-1"), .approved("c-1"), .declined("c-2"), .approved("c-3"), .declined("c-2"),
            ]
            for confirmation in confirmations {
                try await payment.signal(PaymentWorkflow.confirmation, confirmation)
            }
            #expect(try await payment.result().status == .succeeded)
            #expect(try await payment.query(PaymentWorkflow.status).contradictions == [.declined("c-2")])
            #expect(scene.violations == [])
        }
    }

    @Test("The memory of confirmation ids is bounded")
    func window() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await scene.environment.settle()
            for number in 1...200 {
                try await payment.signal(PaymentWorkflow.confirmation, .declined("c-\(number)"))
            }
            try await payment.signal(PaymentWorkflow.confirmation, .approved("late"))
            #expect(try await payment.result().status == .failed)
            #expect(try await payment.query(PaymentWorkflow.status).contradictions.map(\.confirmationID) == ["late"])
        }
    }

    @Test("Case 8: an approval while a timed-out payment is being undone leads to a refund, once, at the gateway")
    func lateWhileUndoing() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in activity == "gateway.void" ? .errorBeforeEffect : nil }
            let payment = try await scene.start(policy: PaymentPolicy(confirmationTimeoutMilliseconds: 60_000))
            try await scene.environment.sleep(for: .seconds(90))
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            scene.world.setFaults { _, _, _ in nil }
            let result = try await payment.result()
            #expect(result.status == .failed && result.reasonCode == .confirmationTimeout)
            #expect(try await payment.query(PaymentWorkflow.status).lateConfirmation == .approved())
            #expect(try await Self.late(scene).result() == .refunded)
            #expect(scene.world.charge("p-1") == .refunded && scene.violations == [])
        }
    }

    @Test("Case 8: an approval after a cancelled payment has ended leads to a refund", arguments: [true, false])
    func lateAfterTheEnd(isKnown: Bool) async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.cancel, Cancellation(requestedBy: "user-1", reason: "no"))
            let result = try await payment.result()
            #expect(result.status == .cancelled)
            let known = EndedPayment(input: PaymentInput(request: .sample()), result: result)
            #expect(try await Self.hand(.approved(), to: scene, isKnown ? known : nil) == .refunded)
            #expect(scene.violations == [])
        }
    }

    @Test("Case 8: where the policy says so, an approval after the time-out reinstates the payment")
    func reinstated() async throws {
        try await PaymentScene.run { scene in
            let policy = PaymentPolicy(confirmationTimeoutMilliseconds: 1_000, lateConfirmations: .reinstate)
            let result = try await scene.start(policy: policy).result()
            let known = EndedPayment(input: PaymentInput(request: .sample(), policy: policy), result: result)
            #expect(try await Self.hand(.approved(), to: scene, known) == .reinstated)
            let late = scene.environment.client.handle(id: LateConfirmationWorkflow.id(of: "p-1"))
            let found = try await late.describe().searchAttributes
            #expect(found[PaymentAttributes.status] == "succeeded" && found[PaymentAttributes.userID] == "user-1")
            #expect(scene.world.balance("shop-1") == 10_00 && scene.world.balance("user-1") == 90_00)
            #expect(
                scene.world.outcomes(of: "p-1").map(\.eventID) == ["p-1/outcome/failed", "p-1/outcome/succeeded"])
            #expect(scene.violations == [])
        }
    }

    @Test("An approval of what the gateway never had reinstates nothing")
    func neverSubmitted() async throws {
        try await PaymentScene.run { scene in
            let policy = PaymentPolicy(lateConfirmations: .reinstate)
            let payment = try await scene.start(policy: policy)
            try await payment.signal(PaymentWorkflow.cancel, Cancellation(requestedBy: "user-1", reason: "no"))
            let result = try await payment.result()
            let known = EndedPayment(input: PaymentInput(request: .sample(), policy: policy), result: result)
            #expect(try await Self.hand(.approved(), to: scene, known) == .refunded)
            #expect(scene.world.outcomes(of: "p-1").map(\.status) == ["cancelled"] && scene.violations == [])
        }
    }

    @Test("A late refund that fails is tried until it is done")
    func stuckRefund() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, number in
                activity == "gateway.refund" && number < 4 ? .finalError : nil
            }
            let result = try await scene.start(policy: PaymentPolicy(confirmationTimeoutMilliseconds: 1_000)).result()
            let known = EndedPayment(input: PaymentInput(request: .sample()), result: result)
            let begin = scene.environment.now
            #expect(try await Self.hand(.approved(), to: scene, known) == .refunded)
            #expect(scene.environment.now.timeIntervalSince(begin) == 10 + 20 + 40)
            #expect(scene.world.charge("p-1") == .refunded && scene.violations == [])
        }
    }

    @Test("A payment that can't be reinstated, the money being gone, is refunded")
    func notReinstated() async throws {
        try await PaymentScene.run { scene in
            let policy = PaymentPolicy(confirmationTimeoutMilliseconds: 1_000, lateConfirmations: .reinstate)
            let result = try await scene.start(policy: policy).result()
            let other = try await scene.start(.sample("p-2", minorUnits: 95_00))
            try await other.signal(PaymentWorkflow.confirmation, .approved("c-2"))
            _ = try await other.result()
            let known = EndedPayment(input: PaymentInput(request: .sample(), policy: policy), result: result)
            #expect(try await Self.hand(.approved(), to: scene, known) == .refunded)
            #expect(scene.world.balance("user-1") == 5_00 && scene.violations == [])
        }
    }

    @Test("After success, an approval means nothing new, and a decline is on record as a contradiction")
    func afterSuccess() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            let known = EndedPayment(input: PaymentInput(request: .sample()), result: try await payment.result())
            #expect(try await Self.hand(.approved("c-2"), to: scene, known) == .nothingToDo)
            #expect(try await Self.hand(.declined("c-3"), to: scene, known) == .contradicting)
            #expect(scene.violations == [])
        }
    }

    /// As the bridge does it, except that a test may do it twice.
    private static func hand(
        _ confirmation: PaymentSaga.Confirmation, to scene: PaymentScene, _ payment: EndedPayment?
    ) async throws -> LateConfirmationOutcome {
        try await scene.client.startWorkflow(
            LateConfirmationWorkflow.self,
            LateConfirmation(paymentID: "p-1", confirmation: confirmation, payment: payment),
            options: StartWorkflowOptions(
                id: LateConfirmationWorkflow.id(of: "p-1"), taskQueue: TaskQueues.payments)
        ).result()
    }

    private static func late(_ scene: PaymentScene) -> WorkflowHandle<LateConfirmationWorkflow> {
        scene.client.handle(for: LateConfirmationWorkflow.self, id: LateConfirmationWorkflow.id(of: "p-1"))
    }
}
