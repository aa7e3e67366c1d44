/// Recomputes a ledger from its postings. Sums are 128 bits wide, for tampered rows may add up to more than 64.
struct LedgerAudit {
    private struct AuditedAccount {
        let currency: String
        let limit: Int64?
        let balance: Int64?
    }

    private var accounts: [String: AuditedAccount] = [:]
    private var transfers = 0
    private var postings = 0
    private var violations: [Violation] = []

    /// Audits the snapshot a connection sees.
    mutating func run(_ tables: LedgerTables) throws -> VerificationReport {
        try readAccounts(tables)
        try checkAccounts(tables)
        try checkTransfers(tables)
        try checkPayments(tables)
        try checkReferences(tables)
        return VerificationReport(
            accounts: accounts.count, transfers: transfers, postings: postings, violations: violations
        )
    }

    private mutating func readAccounts(_ tables: LedgerTables) throws {
        let sql = """
            SELECT id, currency, owner, overdraft_limit, minor_units
            FROM accounts LEFT JOIN balances ON balances.account = accounts.id
            """
        try tables.scan(sql) { row in
            let owner = AccountOwner(rawValue: try row.requiredText(2))
            accounts[try row.requiredText(0)] = AuditedAccount(
                currency: try row.requiredText(1), limit: owner?.isInternal == true ? nil : try row.integer(3),
                balance: try row.integer(4))
        }
    }

    /// Compares each balance with its postings and its limit, and all of them with zero.
    private mutating func checkAccounts(_ tables: LedgerTables) throws {
        var sums: [String: Int128] = [:]
        let sql = "SELECT account, minor_units, balance_after, transfer FROM postings ORDER BY account, transfer"
        try tables.scan(sql) { row in
            postings += 1
            let account = try row.requiredText(0)
            let sum = sums[account, default: 0] + Int128(try row.requiredInteger(1))
            sums[account] = sum
            let written = try row.requiredInteger(2)
            if sum != Int128(written) {
                let detail = "beside transfer number \(try row.requiredInteger(3)), its postings sum to \(sum)"
                report(.runningBalanceMatchesPostings, account, "\(written) is written \(detail)")
            }
        }
        var totals: [String: Int128] = [:]
        for (id, account) in accounts.sorted(by: { $0.key < $1.key }) {
            guard let balance = account.balance else {
                report(.balanceMatchesPostings, id, "it has no balance, its postings sum to \(sums[id] ?? 0)")
                continue
            }
            totals[account.currency, default: 0] += Int128(balance)
            if Int128(balance) != sums[id] ?? 0 {
                report(.balanceMatchesPostings, id, "its balance is \(balance), its postings sum to \(sums[id] ?? 0)")
            }
            if let limit = account.limit, Int128(balance) < -Int128(limit) {
                report(.accountWithinLimit, id, "its balance is \(balance), its overdraft limit \(limit)")
            }
        }
        for (currency, total) in totals.sorted(by: { $0.key < $1.key }) where total != 0 {
            report(.currencySumsToZero, currency, "all accounts sum to \(total)")
        }
    }

    private mutating func checkTransfers(_ tables: LedgerTables) throws {
        let sql = """
            SELECT transfers.id, kind, account, minor_units
            FROM transfers LEFT JOIN postings ON postings.transfer = transfers.sequence
            ORDER BY transfers.sequence
            """
        var current: (id: String, kind: String, postings: Int, sums: [String: Int128])?
        try tables.scan(sql) { row in
            let id = try row.requiredText(0)
            if current?.id != id {
                if let current { checkTransfer(current.id, current.kind, current.postings, current.sums) }
                current = (id, try row.requiredText(1), 0, [:])
            }
            guard let account = try row.text(2) else { return }
            current?.postings += 1
            current?.sums[accounts[account]?.currency ?? "?", default: 0] += Int128(try row.requiredInteger(3))
        }
        if let current { checkTransfer(current.id, current.kind, current.postings, current.sums) }
    }

    private mutating func checkTransfer(_ id: String, _ kind: String, _ postings: Int, _ sums: [String: Int128]) {
        transfers += 1
        if postings < 2, !(postings == 0 && kind == TransferKind.return.rawValue) {
            report(.transferHasPostings, id, "it has \(postings) postings")
        }
        for (currency, sum) in sums.sorted(by: { $0.key < $1.key }) where sum != 0 {
            report(.transferBalances, id, "its postings sum to \(sum) minor units of \(currency)")
        }
    }

    /// Compares each settlement and return with the payment's authorisation.
    private mutating func checkPayments(_ tables: LedgerTables) throws {
        let sql = """
            SELECT ending.id, ending.kind, began.sequence,
                (SELECT count(*) FROM postings WHERE transfer = ending.sequence),
                (SELECT count(*) FROM postings AS held JOIN postings AS spent ON spent.account = held.account
                    WHERE held.transfer = began.sequence AND held.minor_units > 0
                    AND spent.transfer = ending.sequence AND spent.minor_units = -held.minor_units),
                (SELECT count(*) FROM transfers AS other
                    WHERE other.reference = ending.reference AND other.kind IN ('settle', 'return'))
            FROM transfers AS ending
            LEFT JOIN transfers AS began ON began.id = ending.reference || '/authorise' AND began.kind = 'authorise'
            WHERE ending.kind IN ('settle', 'return')
            """
        try tables.scan(sql) { row in
            let id = try row.requiredText(0)
            let isReturn = try row.requiredText(1) == TransferKind.return.rawValue
            let isAuthorised = try row.integer(2) != nil
            let movesMoney = try row.requiredInteger(3) > 0
            let endings = try row.requiredInteger(5)
            if isAuthorised, try row.requiredInteger(4) != 1 {
                report(.paymentMovedOnce, id, "it does not take out of clearing what the authorisation brought in")
            }
            if !isAuthorised, movesMoney || !isReturn {
                report(.paymentMovedOnce, id, "its payment was never authorised")
            }
            if endings != 1 {
                report(.paymentMovedOnce, id, "its payment has ended \(endings) times")
            }
        }
    }

    private mutating func checkReferences(_ tables: LedgerTables) throws {
        for (table, column, parent, key) in [
            ("balances", "account", "accounts", "id"), ("postings", "account", "accounts", "id"),
            ("postings", "transfer", "transfers", "sequence"),
        ] {
            let sql = """
                SELECT count(*) FROM \(table)
                WHERE NOT EXISTS (SELECT 1 FROM \(parent) WHERE \(parent).\(key) = \(table).\(column))
                """
            try tables.scan(sql) { row in
                let count = try row.requiredInteger(0)
                if count > 0 { report(.referencesExist, table, "\(count) rows refer to none that is in \(parent)") }
            }
        }
    }

    private mutating func report(_ rule: Violation.Rule, _ subject: String, _ detail: String) {
        violations.append(Violation(rule: rule, subject: subject, detail: detail))
    }
}
