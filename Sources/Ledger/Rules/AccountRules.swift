/// What holds for accounts in every ledger, whatever stores it.
enum AccountRules {
    /// Checks what can be told from the request alone.
    static func check(_ request: AccountRequest) throws(LedgerError) {
        try Identifier.check(request.id, of: "an account")
        guard !request.owner.isInternal || (request.overdraftLimit == 0 && request.paymentLimit == nil) else {
            throw .invalid("\(request.id) is a \(request.owner.rawValue) account, which has no limits; leave them out")
        }
        guard request.overdraftLimit >= 0 else {
            throw .invalid("the overdraft limit of \(request.id) is \(request.overdraftLimit); it must be at least 0")
        }
        if let limit = request.paymentLimit, limit < 1 {
            throw .invalid("the payment limit of \(request.id) is \(limit); it must be at least 1, or left out")
        }
    }

    /// Checks that a repeated request asks for the account there is.
    static func check(_ request: AccountRequest, repeats account: Account) throws(LedgerError) {
        let existing = AccountRequest(
            id: account.id, owner: account.owner, currency: account.currency,
            overdraftLimit: account.overdraftLimit, paymentLimit: account.paymentLimit
        )
        guard request == existing else {
            throw .conflict(id: request.id, detail: "it is \(existing.terms), the request says \(request.terms)")
        }
        guard account.status == .open else { throw .accountClosed(account.id) }
    }

    /// Checks that an account can play a part in a payment.
    ///
    /// Without it, a payment whose user is named like an internal account would spend money without limit.
    static func check(_ account: Account, belongsTo owner: AccountOwner) throws(LedgerError) {
        guard account.owner == owner else {
            throw .wrongOwner(account: account.id, expected: owner, found: account.owner)
        }
    }
}

extension AccountRequest {
    /// All but the id, for an error's text.
    fileprivate var terms: String {
        let overdraft = Money(minorUnits: overdraftLimit, currency: currency)
        let limit = paymentLimit.map { ", \(Money(minorUnits: $0, currency: currency)) in one payment" } ?? ""
        return "a \(owner.rawValue) account with \(overdraft) overdraft\(limit)"
    }
}
