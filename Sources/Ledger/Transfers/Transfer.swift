public import Foundation

/// A transfer the ledger has recorded.
public struct Transfer: Sendable, Hashable {
    /// The idempotency key it was requested with.
    public let id: String

    /// What the transfer stands for.
    public let kind: TransferKind

    /// What the transfer is for; the payment's id when it is a step of a payment.
    public let reference: String

    /// When the ledger recorded it, to the millisecond.
    public let createdAt: Date

    /// The postings, by account id; none when a return found nothing to give back.
    public internal(set) var postings: [Posting]
}
