import PaymentTestSupport
import Synchronization
import Testing

@Suite("Simulated payments", .timeLimit(.minutes(15)))
struct SimulationTests {
    @Test("Whatever goes wrong with 10,000 random payments, the invariants hold for all")
    func invariants() async throws {
        let outcomes = Mutex<[String: Int]>([:])
        try await PaymentSimulation.run(payments: 10_000, seed: 1, parallel: 8) { report in
            #expect(
                report.violations == [],
                "replay with: scripts/simulate \(PaymentSimulation.batchSize) \(report.seed)")
            outcomes.withLock { $0.merge(report.outcomes) { $0 + $1 } }
        }
        // A simulation in which everything failed, or nothing, would prove little.
        let counts = outcomes.withLock { $0 }
        for status in ["succeeded", "failed", "cancelled", "rejected"] { #expect(counts[status, default: 0] > 100) }
    }
}
