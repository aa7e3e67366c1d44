/// Why the ledger refused or failed a call. A refused call has moved no money.
public enum LedgerError: Error, Sendable, Hashable {
    /// No account has this id.
    case unknownAccount(String)

    /// The account is closed.
    case accountClosed(String)

    /// The account can't be closed: it holds money, or payments it takes part in have not ended.
    case accountInUse(String, balance: Money, paymentsUnderWay: Int)

    /// The account belongs to an owner that can't have this part in a payment.
    case wrongOwner(account: String, expected: AccountOwner, found: AccountOwner)

    /// The account is kept in another currency.
    case currencyMismatch(account: String, expected: Currency, found: Currency)

    /// The debit would bring the account below its overdraft limit.
    case insufficientFunds(account: String, available: Money, requested: Money)

    /// The debit is larger than the account's limit for one payment.
    case limitExceeded(account: String, limit: Money, requested: Money)

    /// The balance would no longer fit in 64 bits.
    case overflow(account: String)

    /// The id is taken by an account or transfer with other content.
    case conflict(id: String, detail: String)

    /// The payment was given up before it was authorised, and can't be authorised or settled any more.
    case voided(payment: String)

    /// The payment was never authorised.
    case notAuthorised(payment: String)

    /// The merchant already has the payment's money.
    case alreadySettled(payment: String)

    /// The user already has the payment's money back.
    case alreadyReturned(payment: String)

    /// The request itself is wrong, whatever the ledger holds.
    case invalid(String)

    /// The ledger's database can't be opened.
    case cannotOpen(path: String, reason: String)

    /// The ledger's database failed the call. Repeating it with the same id is safe: it is applied once at most.
    case storage(String)
}

extension LedgerError: CustomStringConvertible {
    /// What failed, with which input, and what to do.
    public var description: String {
        switch self {
        case .unknownAccount(let id):
            "there is no account \"\(id)\"; open it first or correct the id"
        case .accountClosed(let id):
            "account \(id) is closed; use another account"
        case .accountInUse(let id, let balance, let payments):
            "account \(id) can't be closed with a balance of \(balance) and \(payments) payments under way; "
                + "bring the balance to zero and let the payments end first"
        case .wrongOwner(let account, let expected, let found):
            "account \(account) is a \(found.rawValue) account; name a \(expected.rawValue) account"
        case .currencyMismatch(let account, let expected, let found):
            "account \(account) is kept in \(expected), not \(found); use an account in \(found)"
        case .insufficientFunds(let account, let available, let requested):
            "account \(account) has \(available) available, less than the \(requested) requested"
        case .limitExceeded(let account, let limit, let requested):
            "account \(account) allows \(limit) in one payment, less than the \(requested) requested"
        case .overflow(let account):
            "the balance of account \(account) would not fit in 64 bits; split the money over several accounts"
        case .conflict(let id, let detail):
            "\(id) exists with other content: \(detail); repeat it unchanged or use another id"
        case .voided(let payment):
            "payment \(payment) was given up before it was authorised; start a payment with another id"
        case .notAuthorised(let payment):
            "payment \(payment) was never authorised; authorise it first"
        case .alreadySettled(let payment):
            "payment \(payment) is already settled, its money is with the merchant; refund it by a new payment"
        case .alreadyReturned(let payment):
            "payment \(payment) is already returned, its money is with the user; start a payment with another id"
        case .invalid(let reason):
            reason
        case .cannotOpen(let path, let reason):
            "can't open the ledger at \(path): \(reason)"
        case .storage(let reason):
            "the ledger's database failed: \(reason)"
        }
    }
}
