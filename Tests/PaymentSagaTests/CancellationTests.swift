import PaymentSaga
import PaymentTestSupport
import Temporal
import TemporalTesting
import Testing

@Suite("Cancelling a payment", .timeLimit(.minutes(5)))
struct CancellationTests {
    private static let cancellation = Cancellation(requestedBy: "user-1", reason: "changed my mind")

    @Test("Case 25: before the debit nothing has to be undone")
    func beforeDebit() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.cancel, Self.cancellation)
            try await expectCancelled(payment)
            #expect(scene.world.evidence.transfers.isEmpty && scene.violations == [])
        }
    }

    @Test("Case 25: between debit and gateway the money comes back, and the gateway hears of nothing")
    func betweenDebitAndGateway() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in activity == "fraud.assess" ? .errorBeforeEffect : nil }
            let payment = try await scene.start()
            try await scene.environment.sleep(for: .seconds(5))
            #expect(scene.world.balance("user-1") == 90_00)
            try await payment.signal(PaymentWorkflow.cancel, Self.cancellation)
            scene.world.setFaults { _, _, _ in nil }
            try await expectCancelled(payment)
            #expect(scene.world.charge("p-1") == nil && scene.world.balance("user-1") == 100_00)
            #expect(scene.violations == [])
        }
    }

    @Test("Case 25: after the gateway took it, it is voided and the money comes back", arguments: [true, false])
    func afterAccept(byUpdate: Bool) async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await scene.environment.settle()
            if byUpdate {
                let view = try await payment.executeUpdate(PaymentWorkflow.requestCancel, Self.cancellation)
                #expect(view.status == .processing)
            } else {
                try await payment.signal(PaymentWorkflow.cancel, Self.cancellation)
            }
            try await expectCancelled(payment)
            #expect(scene.world.charge("p-1") == .voided && scene.world.balance("user-1") == 100_00)
            #expect(scene.violations == [])
        }
    }

    @Test("Case 25: once the gateway has approved it, cancelling is refused with the reason")
    func afterApproval() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in activity == "ledger.settle" ? .finalError : nil }
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            try await scene.environment.settle()
            let error = await #expect(throws: WorkflowUpdateFailedError.self) {
                try await payment.executeUpdate(PaymentWorkflow.requestCancel, Self.cancellation)
            }
            let cause = try #require(error?.cause as? ApplicationFailure)
            #expect(cause.type == PaymentFailure.tooLate)
            #expect(cause.message == "the gateway has approved the payment already")
            try await payment.signal(PaymentWorkflow.cancel, Self.cancellation)
            let view = try await payment.query(PaymentWorkflow.status)
            #expect(view.refusedCancellation == "the gateway has approved the payment already")
            scene.world.setFaults { _, _, _ in nil }
            #expect(try await payment.result().status == .succeeded)
            #expect(scene.violations == [])
        }
    }

    @Test("Case 25: after it has ended there is nothing to cancel")
    func afterSuccess() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            _ = try await payment.result()
            await #expect(throws: WorkflowNotFoundError.self) {
                try await payment.executeUpdate(PaymentWorkflow.requestCancel, Self.cancellation)
            }
            #expect(scene.violations == [])
        }
    }

    @Test("Cancelling twice is cancelling once")
    func twice() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in activity == "ledger.return-funds" ? .finalError : nil }
            let payment = try await scene.start()
            try await scene.environment.settle()
            for _ in 1...2 { _ = try await payment.executeUpdate(PaymentWorkflow.requestCancel, Self.cancellation) }
            scene.world.setFaults { _, _, _ in nil }
            try await expectCancelled(payment)
            #expect(scene.violations == [])
        }
    }

    @Test("A payment that waits for approval can be cancelled")
    func whileWaitingForApproval() async throws {
        try await PaymentScene.run { scene in
            let limit = Amount(currency: "EUR", minorUnits: 1)
            let payment = try await scene.start(policy: PaymentPolicy(approvalLimits: [limit]))
            try await scene.environment.settle()
            _ = try await payment.executeUpdate(PaymentWorkflow.requestCancel, Self.cancellation)
            try await expectCancelled(payment)
        }
    }

    @Test("Cancelling the workflow itself ends it in order too", arguments: [true, false])
    func workflowCancelled(isApproved: Bool) async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await scene.environment.settle()
            if isApproved { try await payment.signal(PaymentWorkflow.confirmation, .approved()) }
            try await payment.cancel()
            #expect(try await payment.result().status == (isApproved ? .succeeded : .cancelled))
            #expect(scene.violations == [])
        }
    }

    private func expectCancelled(_ payment: WorkflowHandle<PaymentWorkflow>) async throws {
        let result = try await payment.result()
        #expect(result.status == .cancelled && result.reasonCode == .cancelledByUser)
        #expect(result.reason == "changed my mind")
    }
}
