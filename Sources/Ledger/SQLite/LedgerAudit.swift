import GRDB

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
    mutating func run(_ db: Database) throws -> VerificationReport {
        try readAccounts(db)
        try checkAccounts(db)
        try checkTransfers(db)
        try checkPayments(db)
        try checkReferences(db)
        return VerificationReport(
            accounts: accounts.count, transfers: transfers, postings: postings, violations: violations
        )
    }

    private mutating func readAccounts(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT id, currency, owner, overdraft_limit, minor_units
                FROM accounts LEFT JOIN balances ON balances.account = accounts.id
                """
        )
        while let row = try rows.next() {
            let owner = AccountOwner(rawValue: row[2])
            accounts[row[0]] = AuditedAccount(
                currency: row[1], limit: owner?.isInternal == true ? nil : row[3], balance: row[4]
            )
        }
    }

    /// Compares each balance with its postings and its limit, and all of them with zero.
    private mutating func checkAccounts(_ db: Database) throws {
        var sums: [String: Int128] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT account, minor_units, balance_after, transfer FROM postings ORDER BY account, transfer"
        )
        while let row = try rows.next() {
            postings += 1
            let account: String = row[0]
            let sum = sums[account, default: 0] + Int128(row[1] as Int64)
            sums[account] = sum
            if sum != Int128(row[2] as Int64) {
                report(
                    .runningBalanceMatchesPostings, account,
                    "\(row[2] as Int64) is written beside transfer number \(row[3] as Int64), its postings sum to \(sum)"
                )
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

    private mutating func checkTransfers(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT transfers.id, kind, account, minor_units
                FROM transfers LEFT JOIN postings ON postings.transfer = transfers.sequence
                ORDER BY transfers.sequence
                """
        )
        var current: (id: String, kind: String, postings: Int, sums: [String: Int128])?
        while let row = try rows.next() {
            let id: String = row[0]
            if current?.id != id {
                if let current { checkTransfer(current.id, current.kind, current.postings, current.sums) }
                current = (id, row[1], 0, [:])
            }
            guard let account: String = row[2] else { continue }
            current?.postings += 1
            current?.sums[accounts[account]?.currency ?? "?", default: 0] += Int128(row[3] as Int64)
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
    private mutating func checkPayments(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT ending.id, ending.kind, began.sequence IS NOT NULL,
                    EXISTS (SELECT 1 FROM postings WHERE transfer = ending.sequence),
                    (SELECT count(*) FROM postings AS held JOIN postings AS spent ON spent.account = held.account
                        WHERE held.transfer = began.sequence AND held.minor_units > 0
                        AND spent.transfer = ending.sequence AND spent.minor_units = -held.minor_units),
                    (SELECT count(*) FROM transfers AS other
                        WHERE other.reference = ending.reference AND other.kind IN ('settle', 'return'))
                FROM transfers AS ending
                LEFT JOIN transfers AS began ON began.id = ending.reference || '/authorise' AND began.kind = 'authorise'
                WHERE ending.kind IN ('settle', 'return')
                """
        )
        while let row = try rows.next() {
            let id: String = row[0]
            let isReturn = row[1] as String == TransferKind.return.rawValue
            let (isAuthorised, movesMoney): (Bool, Bool) = (row[2], row[3])
            if isAuthorised, row[4] as Int != 1 {
                report(.paymentMovedOnce, id, "it does not take out of clearing what the authorisation brought in")
            }
            if !isAuthorised, movesMoney || !isReturn {
                report(.paymentMovedOnce, id, "its payment was never authorised")
            }
            if row[5] as Int != 1 {
                report(.paymentMovedOnce, id, "its payment has ended \(row[5] as Int) times")
            }
        }
    }

    private mutating func checkReferences(_ db: Database) throws {
        let rows = try Row.fetchCursor(db, sql: "PRAGMA foreign_key_check")
        while let row = try rows.next() {
            let (table, parent): (String, String) = (row[0], row[2])
            report(.referencesExist, table, "a row refers to one that is not in \(parent)")
        }
    }

    private mutating func report(_ rule: Violation.Rule, _ subject: String, _ detail: String) {
        violations.append(Violation(rule: rule, subject: subject, detail: detail))
    }
}
