/// Something in the books that can't be.
public struct Violation: Sendable, Hashable {
    /// What every ledger has to hold to.
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        /// The postings of a transfer sum to zero in each currency.
        case transferBalances

        /// A transfer has two postings or more; only a return that found nothing to give back has none.
        case transferHasPostings

        /// An account's balance is the sum of its postings.
        case balanceMatchesPostings

        /// The balance written beside each posting is the sum of the postings so far.
        case runningBalanceMatchesPostings

        /// All accounts of a currency sum to zero.
        case currencySumsToZero

        /// A user or merchant account is not below its overdraft limit.
        case accountWithinLimit

        /// A payment is authorised once at most and ends once at most, with the money that was authorised.
        case paymentMovedOnce

        /// Every row refers to rows that exist.
        case referencesExist
    }

    /// The rule that is broken.
    public let rule: Rule

    /// The id of the account, transfer or payment, or the code of the currency.
    public let subject: String

    /// What was found, and what should have been.
    public let detail: String
}

extension Violation: CustomStringConvertible {
    /// The rule, the subject and what was found, on one line.
    public var description: String { "\(rule.rawValue) \(subject): \(detail)" }
}
