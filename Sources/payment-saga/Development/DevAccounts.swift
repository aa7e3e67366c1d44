import Ledger

/// The accounts that the examples pay from and to.
enum DevAccounts {
    private static let funding = "funding"

    private static let merchants = [
        "merchant-books": "USD", "merchant-coffee": "EUR", "merchant-ramen": "JPY", "merchant-trains": "GBP",
    ]

    /// In minor units. Those who are to be able to pay can do so many thousand times.
    private static let users: [String: (currency: String, balance: Int64)] = [
        "user-ada": ("USD", 10_000_000_000), "user-ben": ("EUR", 10_000_000_000),
        "user-chi": ("JPY", 10_000_000_000), "user-dev": ("GBP", 10_000_000_000), "user-poor": ("USD", 100),
        // The customer of Examples/order-saga.json.
        "cust-67890": ("USD", 10_000_000_000),
    ]

    private static let closedUser = "user-closed"

    /// Opens and fills the accounts. Repeating it changes nothing.
    static func open(in ledger: any Ledger) async throws(LedgerError) {
        for (id, code) in merchants.sorted(by: <) {
            try await ledger.openAccount(AccountRequest(id: id, owner: .merchant, currency: try Currency(code)))
        }
        for (id, user) in users.sorted(by: { $0.key < $1.key }) {
            let currency = try Currency(user.currency)
            let source = "\(funding)-\(currency)"
            try await ledger.openAccount(AccountRequest(id: source, owner: .funding, currency: currency))
            try await ledger.openAccount(AccountRequest(id: id, owner: .user, currency: currency))
            try await ledger.transfer(
                TransferRequest(
                    id: "opening-balance/\(id)", reference: "opening balance", from: source, to: id,
                    amount: Money(minorUnits: user.balance, currency: currency)))
        }
        do {
            try await ledger.openAccount(AccountRequest(id: closedUser, owner: .user, currency: try Currency("USD")))
            try await ledger.closeAccount(closedUser)
        } catch .accountClosed {
            // By an earlier start on the same ledger.
        }
    }
}
