import Foundation
import Ledger
import Logging
import Metrics

/// Audits the ledger from time to time, and tells monitoring what came of it.
struct LedgerWatch: Sendable {
    static let violations = "payment_saga_ledger_violations"
    static let accounts = "payment_saga_ledger_accounts"
    static let transfers = "payment_saga_ledger_transfers"
    static let postings = "payment_saga_ledger_postings"
    static let verifiedAt = "payment_saga_ledger_verified_timestamp_seconds"

    let ledger: any Ledger
    let interval: Duration
    let logger: Logger

    /// Audits until the task is cancelled; the first audit comes at once.
    func run() async {
        while !Task.isCancelled {
            do throws(LedgerError) {
                let report = try await ledger.verify()
                Meter(label: Self.violations).set(report.violations.count)
                Meter(label: Self.accounts).set(report.accounts)
                Meter(label: Self.transfers).set(report.transfers)
                Meter(label: Self.postings).set(report.postings)
                Meter(label: Self.verifiedAt).set(Date().timeIntervalSince1970)
                for violation in report.violations.prefix(10) {
                    logger.critical("the ledger is wrong: \(violation.rule.rawValue) of \(violation.subject)")
                }
            } catch {
                logger.error("the ledger can't be verified: \(error)")
            }
            try? await Task.sleep(for: interval)
        }
    }
}
