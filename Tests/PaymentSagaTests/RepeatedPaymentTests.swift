import PaymentSaga
import PaymentTestSupport
import Temporal
import TemporalTesting
import Testing

/// Requests that come again when Temporal has forgotten their payments: a server that knows nothing, in the same world.
@Suite("A payment requested again after Temporal has forgotten it", .timeLimit(.minutes(5)))
struct RepeatedPaymentTests {
    private let world = PaymentWorld()

    @Test(
        "Case 5: one that succeeded is announced again, and nothing else happens",
        arguments: PaymentPolicy.Placement.allCases)
    func succeeded(placement: PaymentPolicy.Placement) async throws {
        try await PaymentScene.run(world: world) { scene in
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            _ = try await payment.result()
        }
        let before = world.log.count
        try await PaymentScene.run(world: world) { scene in
            let result = try await scene.start(policy: PaymentPolicy(placement: placement)).result()
            #expect(result.status == .succeeded && result.gatewayReference == "charge")
            #expect(scene.violations == [])
        }
        #expect(
            world.log.dropFirst(before).map { $0 } == [
                "ledger.validate p-1", "gateway.inquire p-1", "events.publish-outcome p-1",
            ])
        #expect(Set(world.outcomes(of: "p-1").map(\.eventID)) == ["p-1/outcome/succeeded"])
        #expect(world.charge("p-1") == .accepted && world.balance("shop-1") == 10_00)
    }

    @Test("Case 5: one that was given up stays so")
    func ended() async throws {
        for _ in 1...2 {
            try await PaymentScene.run(world: world) { scene in
                let result = try await scene.start().result()
                #expect(result.status == .failed)
                #expect(scene.violations == [])
            }
        }
        #expect(Set(world.outcomes(of: "p-1").map(\.eventID)) == ["p-1/outcome/failed"])
        #expect(world.log(of: "p-1").filter { $0 == "ledger.authorise" }.count == 1)
        #expect(world.messages == ["p-1/email", "p-1/sms"] && world.balance("user-1") == 100_00)
    }

    @Test("Case 5: one that was reinstated is not refunded by the confirmation that comes again too")
    func reinstated() async throws {
        let policy = PaymentPolicy(confirmationTimeoutMilliseconds: 1_000, lateConfirmations: .reinstate)
        try await PaymentScene.run(world: world) { scene in
            let result = try await scene.start(policy: policy).result()
            let known = EndedPayment(input: PaymentInput(request: .sample(), policy: policy), result: result)
            let late = try await scene.client.startWorkflow(
                LateConfirmationWorkflow.self,
                LateConfirmation(paymentID: "p-1", confirmation: .approved(), payment: known),
                options: StartWorkflowOptions(
                    id: LateConfirmationWorkflow.id(of: "p-1"), taskQueue: TaskQueues.payments))
            let outcome = try await late.result()
            #expect(outcome == .reinstated)
        }
        let charge = world.charge("p-1")
        try await PaymentScene.run(world: world) { scene in
            let payment = try await scene.start(policy: policy)
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            let result = try await payment.result()
            #expect(result.status == .succeeded)
            #expect(scene.violations == [])
        }
        #expect(world.charge("p-1") == charge && world.balance("shop-1") == 10_00)
    }

    @Test(
        "Case 6: an id that the ledger has for another payment ends the workflow, and nothing of that payment is touched"
    )
    func otherContent() async throws {
        try await PaymentScene.run(world: world) { scene in
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            _ = try await payment.result()
        }
        let before = world.log.count
        try await PaymentScene.run(world: world) { scene in
            let payment = try await scene.start(.sample(minorUnits: 20_00))
            let error = await #expect(throws: WorkflowFailedError.self) { try await payment.result() }
            let text = "\(try #require(error))"
            #expect(text.contains("the ledger has payment p-1 with other content"))
            #expect(scene.violations == [])
        }
        #expect(world.log.dropFirst(before).map { $0 } == ["ledger.validate p-1"])
    }

    @Test("A payment whose settlement is slow ends in time, and is collected later, however long that takes")
    func collectedLater() async throws {
        world.slowSettlementDown()
        world.setFaults { activity, _, number in
            activity == "settlement.collect" && number <= 8 ? .errorBeforeEffect : nil
        }
        try await PaymentScene.run(world: world) { scene in
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            try await scene.environment.settle()
            var view = try await payment.query(PaymentWorkflow.status)
            while view.stuckStep == nil {
                try await scene.environment.sleep(for: .milliseconds(100))
                view = try await payment.query(PaymentWorkflow.status)
            }
            #expect(view.status == .succeeded && view.stuckStep == "collect")
            #expect(world.messages == ["p-1/email", "p-1/sms"] && world.collected == [])
            let forced = ForcedOutcome(operatorName: "eve", status: .failed, reason: "no")
            await #expect(throws: WorkflowUpdateFailedError.self) {
                _ = try await payment.executeUpdate(PaymentWorkflow.forceOutcome, forced)
            }
            #expect(try await payment.result().status == .succeeded)
            #expect(world.collected == ["p-1"] && scene.violations == [])
        }
    }
}
