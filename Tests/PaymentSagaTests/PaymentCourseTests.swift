import Foundation
import PaymentSaga
import PaymentTestSupport
import Temporal
import TemporalTesting
import Testing

@Suite("The course of a payment", .timeLimit(.minutes(5)))
struct PaymentCourseTests {
    @Test(
        "A payment is validated, checked and authorised, submitted, confirmed, settled, announced, and told about",
        arguments: PaymentPolicy.Placement.allCases)
    func success(placement: PaymentPolicy.Placement) async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start(policy: PaymentPolicy(placement: placement))
            try await scene.environment.settle()
            #expect(try await payment.query(PaymentWorkflow.status).stage == "confirm")
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            let result = try await payment.result()
            #expect(result.status == .succeeded && result.reasonCode == nil && result.gatewayReference == "charge")

            #expect(scene.world.balance("user-1") == 90_00 && scene.world.balance("shop-1") == 10_00)
            #expect(scene.world.outcomes(of: "p-1").map(\.eventID) == ["p-1/outcome/succeeded"])
            #expect(scene.world.messages == ["p-1/email", "p-1/sms"])
            let log = scene.world.log(of: "p-1")
            #expect(log.first == "ledger.validate" && Set(log[1...2]) == ["ledger.authorise", "fraud.assess"])
            #expect(log[3...5] == ["gateway.submit", "ledger.settle", "events.publish-outcome"])
            #expect(scene.violations == [])
        }
    }

    @Test("The status tells each step with its start, its end, its attempts and its error")
    func status() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, number in
                switch activity {
                case "gateway.submit" where number < 3: .errorBeforeEffect
                case "notifications.send.sms": .finalError
                default: nil
                }
            }
            let payment = try await scene.start()
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            _ = try await payment.result()
            let view = try await payment.query(PaymentWorkflow.status)
            #expect(view.status == .succeeded && view.userID == "user-1" && view.amount.minorUnits == 10_00)
            #expect(
                view.steps.map(\.name).filter { !["fraud-check", "authorise"].contains($0) } == [
                    "validate", "submit", "confirm", "settle", "publish-outcome", "notify-email", "notify-sms",
                ])
            for step in view.steps {
                let end = try #require(step.endedAt)
                #expect(step.startedAt <= end)
                #expect((step.error == nil) == (step.state == .succeeded))
            }
            let submit = try #require(view.steps.first { $0.name == "submit" })
            #expect(submit.attempts == 3)
            let sms = try #require(view.steps.first { $0.name == "notify-sms" })
            #expect(sms.state == .failed && sms.error?.contains("notifications.send.sms failed") == true)
        }
    }

    @Test(
        "What the ledger refuses is rejected at once, and nothing moves",
        arguments: [
            ReasonCode.unknownAccount, .accountClosed, .insufficientFunds, .currencyMismatch, .limitExceeded,
            .invalidRequest,
        ])
    func rejected(code: ReasonCode) async throws {
        try await PaymentScene.run { scene in
            scene.world.refuse("p-1", code)
            let result = try await scene.start().result()
            #expect(result.status == .rejected && result.reasonCode == code)
            #expect(scene.world.evidence.transfers.isEmpty && scene.world.charge("p-1") == nil)
            #expect(!scene.world.log(of: "p-1").contains("fraud.assess"))
            #expect(scene.violations == [])
        }
    }

    @Test("What the gateway declines fails, and the money comes back")
    func declined() async throws {
        try await PaymentScene.run { scene in
            scene.world.decline("p-1")
            let result = try await scene.start().result()
            #expect(result.status == .failed && result.reasonCode == .gatewayDeclined)
            #expect(result.reason == "the card expired")
            #expect(scene.world.log(of: "p-1").filter { $0 == "gateway.submit" }.count == 1)
            #expect(scene.world.balance("user-1") == 100_00)
            #expect(scene.violations == [])
        }
    }

    @Test("What the gateway declines in its confirmation is voided and returned, in this order")
    func confirmedAsDeclined() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start()
            try await scene.environment.settle()
            try await payment.signal(PaymentWorkflow.confirmation, .declined())
            let result = try await payment.result()
            #expect(result.status == .failed && result.reasonCode == .gatewayDeclined && result.reason == "no cover")
            let undone = scene.world.log(of: "p-1").filter { ["gateway.void", "ledger.return-funds"].contains($0) }
            #expect(undone == ["gateway.void", "ledger.return-funds"])
            #expect(scene.violations == [])
        }
    }

    @Test("A gateway that can't be reached for minutes costs the payment its life, not its money")
    func unreachableGateway() async throws {
        try await PaymentScene.run { scene in
            scene.world.setFaults { activity, _, _ in
                ["gateway.submit", "gateway.inquire"].contains(activity) ? .errorBeforeEffect : nil
            }
            let begin = scene.environment.now
            let result = try await scene.start().result()
            #expect(result.status == .failed && result.reasonCode == .gatewayUnavailable)
            #expect(scene.environment.now.timeIntervalSince(begin) <= 300)
            #expect(scene.world.charge("p-1") == .voided)
            #expect(scene.violations == [])
        }
    }

    @Test("A payment above the limit waits for a person, and goes on when it is approved")
    func approved() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start(policy: Self.policy(limit: 9_99))
            try await scene.environment.sleep(for: .seconds(3600))
            #expect(try await payment.query(PaymentWorkflow.status).stage == "approve")
            let deadline = try await payment.describe().searchAttributes[PaymentAttributes.waitsUntil]
            #expect(abs(try #require(deadline).timeIntervalSince(scene.environment.now) - 82_800) < 1)
            #expect(scene.world.evidence.transfers.isEmpty)
            let decision = scene.environment.now
            try await payment.signal(PaymentWorkflow.approve, ApprovalDecision(decidedBy: "eve"))
            try await payment.signal(PaymentWorkflow.reject, ApprovalDecision(decidedBy: "mallory"))
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            #expect(try await payment.result().status == .succeeded)
            let waited = try await payment.describe().searchAttributes[PaymentAttributes.waitsUntil]
            #expect(abs(try #require(waited).timeIntervalSince(decision)) < 1)
            #expect(scene.violations == [])
        }
    }

    @Test("A payment above the limit that a person refuses, or nobody approves within 24 hours, is rejected")
    func notApproved() async throws {
        try await PaymentScene.run { scene in
            let refused = try await scene.start(.sample("p-1"), policy: Self.policy(limit: 9_99))
            try await refused.signal(PaymentWorkflow.reject, ApprovalDecision(decidedBy: "eve", reason: "too much"))
            let result = try await refused.result()
            #expect(result.status == .rejected && result.reasonCode == .limitExceeded)
            #expect(result.reason.contains("too much"))

            let begin = scene.environment.now
            let forgotten = try await scene.start(.sample("p-2"), policy: Self.policy(limit: 9_99))
            #expect(try await forgotten.result().status == .rejected)
            #expect(abs(scene.environment.now.timeIntervalSince(begin) - 86_400) < 1)
            #expect(scene.world.evidence.transfers.isEmpty && scene.violations == [])
        }
    }

    @Test("A payment whose workflow is cancelled while it waits for approval waits no more")
    func cancelledApproval() async throws {
        try await PaymentScene.run { scene in
            let payment = try await scene.start(policy: Self.policy(limit: 9_99))
            try await scene.environment.sleep(for: .seconds(3600))
            try await payment.cancel()
            #expect(try await payment.result().status == .cancelled)
            let waited = try await payment.describe().searchAttributes[PaymentAttributes.waitsUntil]
            #expect(try #require(waited) <= scene.environment.now)
        }
    }

    @Test("At the limit, and in other currencies, nobody is asked")
    func belowLimit() async throws {
        try await PaymentScene.run { scene in
            let policy = PaymentPolicy(approvalLimits: [
                Amount(currency: "EUR", minorUnits: 10_00), Amount(currency: "USD", minorUnits: 1),
            ])
            let payment = try await scene.start(policy: policy)
            try await payment.signal(PaymentWorkflow.confirmation, .approved())
            #expect(try await payment.result().status == .succeeded)
        }
    }

    private static func policy(limit: Int64) -> PaymentPolicy {
        PaymentPolicy(approvalLimits: [Amount(currency: "EUR", minorUnits: limit)])
    }
}
