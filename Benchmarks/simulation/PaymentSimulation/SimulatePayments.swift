import Foundation
import PaymentTestSupport
import Synchronization

/// Runs simulated payments and prints what does not hold. Arguments: how many, and the seed.
@main
struct SimulatePayments {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst().map { UInt64($0) }
        guard (1...2).contains(arguments.count), let payments = arguments[0], (1...1_000_000_000).contains(payments),
            let seed = arguments.count == 2 ? arguments[1] : UInt64.random(in: 0..<1_000_000_000)
        else {
            FileHandle.standardError.write(Data("usage: PaymentSimulation PAYMENTS [SEED]\n".utf8))
            exit(2)
        }
        print("seed \(seed)")
        let totals = Mutex((payments: 0, violations: 0, outcomes: [String: Int]()))
        let begin = ContinuousClock.now
        // Batches wait more than they compute, as where settlement is slow.
        try await PaymentSimulation.run(
            payments: Int(payments), seed: seed, parallel: 8 * ProcessInfo.processInfo.activeProcessorCount
        ) { report in
            for violation in report.violations {
                print("\(violation) — replay: scripts/simulate \(PaymentSimulation.batchSize) \(report.seed)")
            }
            totals.withLock { totals in
                totals.payments += report.payments
                totals.violations += report.violations.count
                totals.outcomes.merge(report.outcomes) { $0 + $1 }
                guard totals.payments % 10_000 < PaymentSimulation.batchSize else { return }
                let rate = Double(totals.payments) / (begin.duration(to: .now) / .seconds(1))
                print("\(totals.payments) payments, \(totals.violations) violations, \(Int(rate)) a second")
            }
        }
        let end = totals.withLock { $0 }
        let outcomes = end.outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        print("\(end.payments) payments, \(end.violations) violations; \(outcomes.joined(separator: ", "))")
        exit(end.violations == 0 ? 0 : 1)
    }
}
