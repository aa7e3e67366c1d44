public import Foundation

/// One posting as the account's owner sees it.
public struct StatementLine: Sendable, Hashable {
    /// The transfer's place in the ledger; pass the last line's to ask for the next page.
    public let sequence: Int64

    /// The transfer's id.
    public let transfer: String

    /// What the transfer stands for.
    public let kind: TransferKind

    /// What the transfer is for; the payment's id when it is a step of a payment.
    public let reference: String

    /// When the ledger recorded the transfer, to the millisecond.
    public let createdAt: Date

    /// What was added to the balance: positive for a credit, negative for a debit.
    public let amount: Money

    /// The balance after this posting.
    public let balance: Money
}
