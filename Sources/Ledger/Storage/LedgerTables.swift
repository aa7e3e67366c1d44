import Foundation

/// Reads and writes the ledger's rows over one database connection. Decides nothing.
///
/// Ids that can't be are not asked for: a database may fail on their characters, or take them for others.
struct LedgerTables {
    private let database: any LedgerDatabase

    init(_ database: any LedgerDatabase) {
        self.database = database
    }

    func record(_ changes: BookChanges) throws { try database.record(changes) }

    func rows(
        _ sql: String, _ arguments: [LedgerArgument] = [], _ body: (any LedgerRow) throws -> Void
    ) throws {
        try database.rows(sql, arguments, body)
    }

    func execute(_ sql: String, _ arguments: [LedgerArgument]) throws { try database.execute(sql, arguments) }

    func scan(_ sql: String, _ body: (any LedgerRow) throws -> Void) throws { try database.scan(sql, body) }

    // MARK: Accounts

    /// Those of the accounts that exist, by id.
    func accounts(_ ids: Set<String>) throws -> [String: Account] {
        let ids = ids.filter(Identifier.isValid)
        if ids.isEmpty { return [:] }
        let found = try accounts(
            where: database.condition("accounts.id", isAnyOfArgument: 1), [.texts(Array(ids))])
        return Dictionary(uniqueKeysWithValues: found.lazy.map { ($0.id, $0) })
    }

    func account(_ id: String) throws -> Account {
        guard let account = try accounts([id])[id] else { throw LedgerError.unknownAccount(id) }
        return account
    }

    func accounts(after id: String, limit: Int) throws -> [Account] {
        try accounts(
            where: "accounts.id > $1 ORDER BY accounts.id LIMIT $2", [.text(id), .integer(Int64(limit))])
    }

    /// For each account, how many payments have moved its money and have neither been settled nor returned.
    func paymentsUnderWay(_ accounts: [String]) throws -> [String: Int] {
        if accounts.isEmpty { return [:] }
        var counts: [String: Int] = [:]
        let sql = """
            SELECT postings.account, count(*) FROM postings JOIN transfers ON transfers.sequence = postings.transfer
            WHERE \(database.condition("postings.account", isAnyOfArgument: 1)) AND transfers.kind = 'authorise'
            AND NOT EXISTS (
                SELECT 1 FROM transfers AS ending
                WHERE ending.reference = transfers.reference AND ending.kind IN ('settle', 'return'))
            GROUP BY postings.account
            """
        try database.rows(sql, [.texts(accounts)]) { row in
            counts[try row.requiredText(0)] = Int(try row.requiredInteger(1))
        }
        return counts
    }

    private func accounts(where condition: String, _ arguments: [LedgerArgument]) throws -> [Account] {
        var accounts: [Account] = []
        let sql = """
            SELECT accounts.id, owner, currency, status, overdraft_limit, payment_limit, balances.minor_units
            FROM accounts JOIN balances ON balances.account = accounts.id WHERE \(condition)
            """
        try database.rows(sql, arguments) { row in
            accounts.append(
                Account(
                    id: try row.requiredText(0), owner: try AccountOwner(stored: row.requiredText(1)),
                    currency: try Currency(stored: row.requiredText(2)),
                    status: try AccountStatus(stored: row.requiredText(3)),
                    overdraftLimit: try row.requiredInteger(4), paymentLimit: try row.integer(5),
                    balance: try row.requiredInteger(6)))
        }
        return accounts
    }

    // MARK: Transfers

    /// Those of the transfers that exist, by id.
    func transfers(_ ids: [String]) throws -> [String: Transfer] {
        let ids = ids.filter(Identifier.isValid)
        if ids.isEmpty { return [:] }
        var transfers: [String: Transfer] = [:]
        let sql = """
            SELECT transfers.id, kind, reference, created_at, postings.account, postings.minor_units, currency
            FROM transfers LEFT JOIN postings ON postings.transfer = transfers.sequence
                LEFT JOIN accounts ON accounts.id = postings.account
            WHERE \(database.condition("transfers.id", isAnyOfArgument: 1))
            ORDER BY transfers.id, postings.account
            """
        try database.rows(sql, [.texts(ids)]) { row in
            let id = try row.requiredText(0)
            if transfers[id] == nil {
                transfers[id] = Transfer(
                    id: id, kind: try TransferKind(stored: row.requiredText(1)), reference: try row.requiredText(2),
                    createdAt: Date(milliseconds: try row.requiredInteger(3)), postings: [])
            }
            guard let account = try row.text(4) else { return }
            let currency = try Currency(stored: row.requiredText(6))
            transfers[id]?.postings.append(
                Posting(account: account, amount: Money(minorUnits: try row.requiredInteger(5), currency: currency)))
        }
        return transfers
    }

    /// The steps of a payment that are on record.
    func steps(payment: String) throws -> Set<TransferKind> {
        var steps: Set<TransferKind> = []
        let ids = TransferKind.steps.map { $0.id(payment: payment) }.filter(Identifier.isValid)
        let sql = "SELECT kind FROM transfers WHERE \(database.condition("id", isAnyOfArgument: 1))"
        try database.rows(sql, [.texts(ids)]) { row in
            steps.insert(try TransferKind(stored: row.requiredText(0)))
        }
        return steps
    }

    // MARK: Holds

    /// The hold of a payment that is in a state.
    func hold(_ payment: String, in state: PaymentState) throws -> Hold? {
        let id = TransferKind.authorise.id(payment: payment)
        guard let transfer = try transfers([id])[id],
            let debit = transfer.postings.first(where: { $0.amount.minorUnits < 0 }),
            let credit = transfer.postings.first(where: { $0.amount.minorUnits > 0 })
        else { return nil }
        var expiry: (at: Date, isOver: Bool)?
        try database.rows("SELECT expires_at, expired FROM holds WHERE payment = $1", [.text(payment)]) { row in
            expiry = (Date(milliseconds: try row.requiredInteger(0)), try row.requiredInteger(1) != 0)
        }
        let status: Hold.Status =
            switch state {
            case .settled: .posted
            case .returned, .voided: expiry?.isOver == true ? .expired : .voided
            case .authorised, .unknown: .pending
            }
        return Hold(
            payment: payment, user: debit.account, clearing: credit.account, amount: credit.amount, status: status,
            createdAt: transfer.createdAt, expiresAt: expiry?.at)
    }

    /// The payments whose holds are over and that have not ended, by the time at which they expired.
    func overdueHolds(at time: Date, limit: Int) throws -> [String] {
        var payments: [String] = []
        let sql = """
            SELECT payment FROM holds WHERE expired = 0 AND expires_at <= $1 AND NOT EXISTS (
                SELECT 1 FROM transfers WHERE reference = payment AND kind IN ('settle', 'return'))
            ORDER BY expires_at, payment LIMIT $2
            """
        try database.rows(sql, [.integer(time.milliseconds), .integer(Int64(limit))]) { row in
            payments.append(try row.requiredText(0))
        }
        return payments
    }

    // MARK: Statements

    /// The last transfer's place in the ledger; 0 when there is none.
    func lastSequence() throws -> Int64 {
        var last: Int64 = 0
        try database.rows("SELECT coalesce(max(sequence), 0) FROM transfers", []) { last = try $0.requiredInteger(0) }
        return last
    }

    func statement(_ account: Account, after sequence: Int64, limit: Int) throws -> [StatementLine] {
        var lines: [StatementLine] = []
        let sql = """
            SELECT transfers.sequence, transfers.id, transfers.kind, transfers.reference, transfers.created_at,
                postings.minor_units, postings.balance_after
            FROM postings JOIN transfers ON transfers.sequence = postings.transfer
            WHERE postings.account = $1 AND postings.transfer > $2 ORDER BY postings.transfer LIMIT $3
            """
        try database.rows(sql, [.text(account.id), .integer(sequence), .integer(Int64(limit))]) { row in
            lines.append(
                StatementLine(
                    sequence: try row.requiredInteger(0), transfer: try row.requiredText(1),
                    kind: try TransferKind(stored: row.requiredText(2)), reference: try row.requiredText(3),
                    createdAt: Date(milliseconds: try row.requiredInteger(4)),
                    amount: Money(minorUnits: try row.requiredInteger(5), currency: account.currency),
                    balance: Money(minorUnits: try row.requiredInteger(6), currency: account.currency)))
        }
        return lines
    }
}
