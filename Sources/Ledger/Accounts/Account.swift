/// An account as it stood when it was read.
public struct Account: Sendable, Hashable {
    /// The account's id.
    public let id: String

    /// Whose money the account holds.
    public let owner: AccountOwner

    /// The currency of the balance and the limits.
    public let currency: Currency

    /// Whether the account takes part in new transfers.
    public internal(set) var status: AccountStatus

    /// How far below zero a debit may bring the account, in minor units; 0 for internal accounts, which have no limit.
    public let overdraftLimit: Int64

    /// The largest single debit, in minor units; `nil` for none.
    public let paymentLimit: Int64?

    /// The balance, in minor units.
    public internal(set) var balance: Int64

    /// What can be debited now, in minor units; `nil` for internal accounts, which have no limit.
    public var available: Int64? {
        if owner.isInternal { return nil }
        let (available, overflow) = balance.addingReportingOverflow(overdraftLimit)
        return overflow ? .max : available
    }
}
