import Foundation
import Ledger
import Logging
import Metrics

/// Has the ledger audited from time to time, by one of all the workers that share it, and tells monitoring what came of it.
struct LedgerWatch: Sendable {
    static let violations = "payment_saga_ledger_violations"
    static let accounts = "payment_saga_ledger_accounts"
    static let transfers = "payment_saga_ledger_transfers"
    static let postings = "payment_saga_ledger_postings"
    static let verifiedAt = "payment_saga_ledger_verified_timestamp_seconds"

    /// How often it is looked whether another worker has audited.
    private static let lookInterval = Duration.seconds(60)

    let ledger: any Ledger
    let interval: Duration
    let logger: Logger

    /// Watches until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do throws(LedgerError) {
                if let audit = try await ledger.audit(every: interval) { tell(of: audit) }
            } catch {
                logger.error("the ledger can't be verified: \(error)")
            }
            // Cut short only by a cancellation, which ends the loop.
            try? await Task.sleep(for: min(interval, Self.lookInterval))
        }
    }

    private func tell(of audit: Audit) {
        Meter(label: Self.violations).set(audit.violations)
        Meter(label: Self.accounts).set(audit.accounts)
        Meter(label: Self.transfers).set(audit.transfers)
        Meter(label: Self.postings).set(audit.postings)
        Meter(label: Self.verifiedAt).set(audit.endedAt.timeIntervalSince1970)
        for violation in audit.report?.violations.prefix(10) ?? [] {
            logger.critical("the ledger is wrong: \(violation.rule.rawValue) of \(violation.subject)")
        }
    }
}
