/// What an audit of the whole ledger counted and found.
public struct VerificationReport: Sendable, Hashable {
    /// How many accounts there are.
    public let accounts: Int

    /// How many transfers there are.
    public let transfers: Int

    /// How many postings there are.
    public let postings: Int

    /// Everything that is wrong; empty when the books are right.
    public let violations: [Violation]

    /// Whether the books are right.
    public var isConsistent: Bool { violations.isEmpty }
}
