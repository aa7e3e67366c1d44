/// One side of a transfer: what it adds to one account.
public struct Posting: Sendable, Hashable {
    /// The account's id.
    public var account: String

    /// What is added to the balance: positive for a credit, negative for a debit.
    public var amount: Money

    /// A posting.
    /// - Parameters:
    ///   - account: The account's id.
    ///   - amount: What is added to the balance: positive for a credit, negative for a debit.
    public init(account: String, amount: Money) {
        self.account = account
        self.amount = amount
    }
}
