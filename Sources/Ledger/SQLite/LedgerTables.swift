import Foundation
import GRDB

/// Reads and writes the ledger's rows over one database connection. Decides nothing.
struct LedgerTables {
    private let db: Database

    init(_ db: Database) {
        self.db = db
    }

    // MARK: Accounts

    func account(_ id: String) throws -> Account? {
        try accounts(where: "id = ?", [id]).first
    }

    func accounts(after id: String, limit: Int) throws -> [Account] {
        try accounts(where: "id > ? ORDER BY id LIMIT ?", [id, limit])
    }

    func insert(_ request: AccountRequest) throws {
        try execute(
            """
            INSERT INTO accounts (id, owner, currency, status, overdraft_limit, payment_limit)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                request.id, request.owner.rawValue, request.currency.code, AccountStatus.open.rawValue,
                request.overdraftLimit, request.paymentLimit,
            ]
        )
        try execute("INSERT INTO balances (account, minor_units) VALUES (?, 0)", [request.id])
    }

    func close(_ account: String) throws {
        try execute("UPDATE accounts SET status = 'closed' WHERE id = ?", [account])
    }

    /// How many payments have moved this account's money and have neither been settled nor returned.
    func paymentsUnderWay(_ account: String) throws -> Int {
        let statement = try db.cachedStatement(
            sql: """
                SELECT count(*) FROM postings JOIN transfers ON transfers.sequence = postings.transfer
                WHERE postings.account = ? AND transfers.kind = 'authorise' AND NOT EXISTS (
                    SELECT 1 FROM transfers AS ending
                    WHERE ending.reference = transfers.reference AND ending.kind IN ('settle', 'return'))
                """
        )
        return try Int.fetchOne(statement, arguments: [account]) ?? 0
    }

    // MARK: Transfers

    func transfer(_ id: String) throws -> Transfer? {
        let header = try db.cachedStatement(
            sql: "SELECT sequence, kind, reference, created_at FROM transfers WHERE id = ?"
        )
        guard let row = try Row.fetchOne(header, arguments: [id]) else { return nil }
        let sequence: Int64 = row[0]
        let lines = try db.cachedStatement(
            sql: """
                SELECT postings.account, postings.minor_units, accounts.currency
                FROM postings JOIN accounts ON accounts.id = postings.account
                WHERE postings.transfer = ? ORDER BY postings.account
                """
        )
        let postings = try Row.fetchAll(lines, arguments: [sequence]).map { line in
            Posting(account: line[0], amount: Money(minorUnits: line[1], currency: try Currency(stored: line[2])))
        }
        return Transfer(
            id: id, kind: try TransferKind(stored: row[1]), reference: row[2], createdAt: Date(milliseconds: row[3]),
            postings: postings
        )
    }

    /// The steps of a payment that are on record.
    func steps(payment: String) throws -> Set<TransferKind> {
        let statement = try db.cachedStatement(sql: "SELECT kind FROM transfers WHERE id IN (?, ?, ?)")
        let ids = TransferKind.steps.map { $0.id(payment: payment) }
        return Set(try String.fetchAll(statement, arguments: StatementArguments(ids)).map(TransferKind.init(stored:)))
    }

    /// Records a transfer without postings.
    /// - Returns: Its place in the ledger.
    @discardableResult
    func insert(transfer id: String, _ kind: TransferKind, reference: String, createdAt: Date) throws -> Int64 {
        try execute(
            "INSERT INTO transfers (id, kind, reference, created_at) VALUES (?, ?, ?, ?)",
            [id, kind.rawValue, reference, createdAt.milliseconds]
        )
        return db.lastInsertedRowID
    }

    /// Records a posting, and the balance it leaves.
    func insert(_ posting: Posting, of transfer: Int64, balance: Int64) throws {
        try execute(
            "INSERT INTO postings (account, transfer, minor_units, balance_after) VALUES (?, ?, ?, ?)",
            [posting.account, transfer, posting.amount.minorUnits, balance]
        )
        try execute("UPDATE balances SET minor_units = ? WHERE account = ?", [balance, posting.account])
    }

    func statement(_ account: Account, after sequence: Int64, limit: Int) throws -> [StatementLine] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT transfers.sequence, transfers.id, transfers.kind, transfers.reference, transfers.created_at,
                    postings.minor_units, postings.balance_after
                FROM postings JOIN transfers ON transfers.sequence = postings.transfer
                WHERE postings.account = ? AND postings.transfer > ? ORDER BY postings.transfer LIMIT ?
                """
        )
        return try Row.fetchAll(statement, arguments: [account.id, sequence, limit]).map { row in
            StatementLine(
                sequence: row[0], transfer: row[1], kind: try TransferKind(stored: row[2]), reference: row[3],
                createdAt: Date(milliseconds: row[4]), amount: Money(minorUnits: row[5], currency: account.currency),
                balance: Money(minorUnits: row[6], currency: account.currency)
            )
        }
    }

    // MARK: Statements

    private func accounts(where condition: String, _ arguments: StatementArguments) throws -> [Account] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT id, owner, currency, status, overdraft_limit, payment_limit, balances.minor_units
                FROM accounts JOIN balances ON balances.account = accounts.id WHERE \(condition)
                """
        )
        return try Row.fetchAll(statement, arguments: arguments).map { row in
            Account(
                id: row[0], owner: try AccountOwner(stored: row[1]), currency: try Currency(stored: row[2]),
                status: try AccountStatus(stored: row[3]), overdraftLimit: row[4], paymentLimit: row[5], balance: row[6]
            )
        }
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
