/// What an account is opened with.
public struct AccountRequest: Sendable, Hashable {
    /// The account's id: 1 to 200 printable ASCII characters, no spaces.
    public var id: String

    /// Whose money the account holds.
    public var owner: AccountOwner

    /// The only currency the account takes.
    public var currency: Currency

    /// How far below zero a debit may bring the account, in minor units, at least 0. Internal accounts have
    /// no limits: leave it at 0.
    public var overdraftLimit: Int64

    /// The largest single debit, in minor units, at least 1; `nil` for none, as internal accounts must.
    public var paymentLimit: Int64?

    /// A request for a new account.
    /// - Parameters:
    ///   - id: The account's id: 1 to 200 printable ASCII characters, no spaces.
    ///   - owner: Whose money the account holds.
    ///   - currency: The only currency the account takes.
    ///   - overdraftLimit: How far below zero a debit may bring the account, in minor units.
    ///   - paymentLimit: The largest single debit, in minor units; `nil` for none.
    public init(
        id: String, owner: AccountOwner, currency: Currency, overdraftLimit: Int64 = 0, paymentLimit: Int64? = nil
    ) {
        self.id = id
        self.owner = owner
        self.currency = currency
        self.overdraftLimit = overdraftLimit
        self.paymentLimit = paymentLimit
    }
}
