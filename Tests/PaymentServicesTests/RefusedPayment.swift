import PaymentSaga

/// A payment the ledger has to refuse, and why.
struct RefusedPayment: Sendable, CustomStringConvertible {
    let description: String
    let request: PaymentRequest
    let code: PaymentSaga.ReasonCode

    private init(_ description: String, _ request: PaymentRequest, _ code: PaymentSaga.ReasonCode) {
        self.description = description
        self.request = request
        self.code = code
    }

    /// What the user's side gets wrong, which validation and authorisation refuse alike.
    static let byUser: [RefusedPayment] = [
        .init("unknown user", .sample(user: "nobody"), .unknownAccount),
        .init("a merchant in place of a user", .sample(user: "shop-2"), .unknownAccount),
        .init("an internal account in place of a user", .sample(user: "funding"), .unknownAccount),
        .init("closed user", .sample(user: "user-closed"), .accountClosed),
        .init("other currency", .sample(currency: "USD"), .currencyMismatch),
        .init("above the limit", .sample(minorUnits: 80_01), .limitExceeded),
        .init("more than there is", .sample(user: "user-2", minorUnits: 1), .insufficientFunds),
        .init("no currency", .sample(currency: "euro"), .invalidRequest),
        .init("nothing", .sample(minorUnits: 0), .invalidRequest),
        .init("less than nothing", .sample(minorUnits: -5), .invalidRequest),
        .init("payment id with a slash", .sample("a/authorise"), .invalidRequest),
        .init("empty payment id", .sample(""), .invalidRequest),
    ]

    /// What the merchant's side gets wrong, which has to show before money moves.
    static let byMerchant: [RefusedPayment] = [
        .init("unknown merchant", .sample(merchant: "nobody"), .unknownAccount),
        .init("a user in place of a merchant", .sample(merchant: "user-2"), .unknownAccount),
        .init("closed merchant", .sample(merchant: "shop-closed"), .accountClosed),
        .init("merchant in another currency", .sample(merchant: "shop-usd"), .currencyMismatch),
    ]
}
