public import Foundation

/// An audit of the whole ledger that has ended, as the ledger has it on record.
public struct Audit: Sendable, Hashable {
    /// When it ended, by the clock of the process that made it.
    public let endedAt: Date

    /// How many accounts there were.
    public let accounts: Int

    /// How many transfers there were.
    public let transfers: Int

    /// How many postings there were.
    public let postings: Int

    /// How many violations it found.
    public let violations: Int

    /// What it found; `nil` where another call made the audit. ``Ledger/verify()`` tells it again.
    public let report: VerificationReport?
}
