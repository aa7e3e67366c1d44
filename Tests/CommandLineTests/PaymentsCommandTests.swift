import Foundation
import PaymentSaga
import PaymentTestSupport
import Temporal
import Testing

@Suite("Looking after stuck payments", .timeLimit(.minutes(5)))
struct PaymentsCommandTests {
    @Test("Case 26: a stuck payment is listed, resumed and forced to an outcome, and what was done is on record")
    func stuckPayment() async throws {
        try await LivePayments.run { payments in
            let server = ["--temporal-address", payments.address]
            payments.world.setFaults { activity, _, _ in
                ["gateway.void", "ledger.return-funds"].contains(activity) ? .finalError : nil
            }
            let id = UUID().uuidString.lowercased()
            let payment = try await payments.start(id)
            try await payments.wait(for: "confirm", payment)
            try await payment.signal(PaymentWorkflow.cancel, Cancellation(requestedBy: "user-1", reason: "no"))
            try await payments.wait(for: "void", payment, isStuck: true)

            let listed = try await Self.list(server, until: id)
            #expect(listed.contains("void") && listed.contains("gateway.void failed"))

            payments.world.setFaults { activity, _, _ in activity == "ledger.return-funds" ? .finalError : nil }
            let reason = ["--operator", "eve", "--reason", "the gateway is back"]
            let resumed = try Program(["payments", "resume", id] + reason + server)
            #expect(try await resumed.status() == 0, "\(resumed.errors)")
            try await payments.wait(for: "return-funds", payment, isStuck: true)

            let forced = try Program(["payments", "force-outcome", id, "--status", "failed"] + reason + server)
            #expect(try await forced.status() == 0, "\(forced.errors)")
            #expect(try await payment.result().status == .failed)
            let interventions = try await payment.query(PaymentWorkflow.status).interventions
            #expect(interventions.map(\.action) == [.resume, .forceOutcome])
            #expect(interventions.map(\.step) == ["void", "return-funds"])
            #expect(interventions.allSatisfy { $0.operatorName == "eve" })
        }
    }

    @Test("A payment that is not stuck, and one that is not there, are told")
    func refused() async throws {
        try await LivePayments.run { payments in
            let id = UUID().uuidString.lowercased()
            let payment = try await payments.start(id)
            try await payments.wait(for: "confirm", payment)
            for (id, problem) in [(id, "is not stuck"), ("nothing-\(id)", "is under way")] {
                let program = try Program([
                    "payments", "resume", id, "--reason", "impatience", "--temporal-address", payments.address,
                ])
                #expect(try await program.status() == 65)
                #expect(program.errors.contains(problem))
            }
        }
    }

    /// What `payments stuck` prints of a payment, once the server finds it.
    private static func list(_ server: [String], until id: String) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            let program = try Program(["payments", "stuck"] + server)
            #expect(try await program.status() == 0, "\(program.errors)")
            if let line = program.output.split(separator: "\n").first(where: { $0.contains(id) }) {
                return String(line)
            }
        }
        return ""
    }
}
