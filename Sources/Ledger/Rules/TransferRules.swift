/// What holds for transfers in every ledger, whatever stores it.
enum TransferRules {
    /// Checks what can be told from the request alone.
    static func check(_ request: TransferRequest, _ kind: TransferKind) throws(LedgerError) {
        try Identifier.check(request.id, of: "a transfer")
        if kind == .transfer,
            let step = TransferKind.steps.first(where: { request.id.hasSuffix($0.id(payment: "")) })
        {
            throw .invalid("the id \(request.id) is kept for a payment's \(step.rawValue) step; use another id")
        }
        try Identifier.check(reference: request.reference)
        guard request.postings.count >= 2 else {
            throw .invalid("transfer \(request.id) has \(request.postings.count) postings; it needs two at least")
        }
        guard Set(request.postings.map(\.account)).count == request.postings.count else {
            throw .invalid("transfer \(request.id) names an account twice; give each account one posting")
        }
        var sums: [Currency: Int128] = [:]
        for posting in request.postings {
            // A debit's size is its negation, which the smallest 64-bit number doesn't have.
            guard posting.amount.minorUnits != 0, posting.amount.minorUnits != .min else {
                throw .invalid("transfer \(request.id) adds \(posting.amount) to \(posting.account); change the amount")
            }
            sums[posting.amount.currency, default: 0] += Int128(posting.amount.minorUnits)
        }
        for (currency, sum) in sums where sum != 0 {
            throw .invalid(
                "transfer \(request.id) sums to \(sum) minor units of \(currency); make its postings sum to zero")
        }
    }

    /// Checks that a repeated request asks for the transfer there is.
    static func check(_ request: TransferRequest, _ kind: TransferKind, repeats transfer: Transfer) throws(LedgerError)
    {
        let requested = summary(kind, request.reference, request.postings)
        let existing = summary(transfer.kind, transfer.reference, transfer.postings)
        guard requested == existing else {
            throw .conflict(id: request.id, detail: "it is \(existing), the request says \(requested)")
        }
    }

    /// The balance of an account after a posting.
    static func balance(of account: Account, after posting: Posting) throws(LedgerError) -> Int64 {
        guard account.status == .open else { throw .accountClosed(account.id) }
        guard posting.amount.currency == account.currency else {
            throw .currencyMismatch(
                account: account.id, expected: account.currency, found: posting.amount.currency
            )
        }
        if posting.amount.minorUnits < 0 {
            try check(debit: posting, of: account)
        }
        let (balance, overflow) = account.balance.addingReportingOverflow(posting.amount.minorUnits)
        guard !overflow else { throw .overflow(account: account.id) }
        return balance
    }

    private static func check(debit posting: Posting, of account: Account) throws(LedgerError) {
        let requested = Money(minorUnits: -posting.amount.minorUnits, currency: account.currency)
        if let limit = account.paymentLimit, requested.minorUnits > limit {
            throw .limitExceeded(
                account: account.id, limit: Money(minorUnits: limit, currency: account.currency), requested: requested
            )
        }
        if let available = account.available, requested.minorUnits > available {
            throw .insufficientFunds(
                account: account.id, available: Money(minorUnits: available, currency: account.currency),
                requested: requested
            )
        }
    }

    /// The content two transfers with the same id must share, readable in an error's text.
    private static func summary(_ kind: TransferKind, _ reference: String, _ postings: [Posting]) -> String {
        let moves = postings.sorted { $0.account < $1.account }.map { "\($0.amount) to \($0.account)" }
        return "\(kind.rawValue) \"\(reference)\" adding \(moves.joined(separator: ", "))"
    }
}
