/// A movement of money outside any payment, such as seeding an account.
public struct TransferRequest: Sendable, Hashable {
    /// The idempotency key: 1 to 200 printable ASCII characters, no spaces. ``TransferKind/id(payment:)`` tells which are
    /// kept for payments.
    public var id: String

    /// What the transfer is for: up to 200 bytes, no control characters.
    public var reference: String

    /// Two or more postings on different accounts, which sum to zero in each currency.
    public var postings: [Posting]

    /// A transfer with any postings.
    /// - Parameters:
    ///   - id: The idempotency key: 1 to 200 printable ASCII characters, no spaces.
    ///   - reference: What the transfer is for: up to 200 bytes, no control characters.
    ///   - postings: Two or more postings on different accounts, which sum to zero in each currency.
    public init(id: String, reference: String, postings: [Posting]) {
        self.id = id
        self.reference = reference
        self.postings = postings
    }

    /// A transfer from one account to another.
    /// - Parameters:
    ///   - id: The idempotency key: 1 to 200 printable ASCII characters, no spaces.
    ///   - reference: What the transfer is for: up to 200 bytes, no control characters.
    ///   - source: The id of the account that pays.
    ///   - destination: The id of the account that is paid.
    ///   - amount: How much, more than zero.
    /// - Throws: ``LedgerError/invalid(_:)`` when the amount is not more than zero.
    public init(
        id: String, reference: String, from source: String, to destination: String, amount: Money
    ) throws(LedgerError) {
        guard amount.minorUnits > 0 else {
            throw .invalid("the amount of \(id) is \(amount); it must be more than zero")
        }
        let debit = Money(minorUnits: -amount.minorUnits, currency: amount.currency)
        self.init(
            id: id, reference: reference,
            postings: [Posting(account: source, amount: debit), Posting(account: destination, amount: amount)]
        )
    }
}
