import GRDB

/// One SQLite connection inside a transaction.
struct SQLiteDatabase: LedgerDatabase {
    private let db: Database

    init(_ db: Database) {
        self.db = db
    }

    func condition(_ column: String, isAnyOfArgument index: Int) -> String {
        "\(column) IN (SELECT value FROM json_each($\(index)))"
    }

    func rows(_ sql: String, _ arguments: [LedgerArgument], _ body: (any LedgerRow) throws -> Void) throws {
        let values = StatementArguments(arguments.map(\.sqliteValue))
        let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: values)
        while let row = try rows.next() { try body(row) }
    }

    func scan(_ sql: String, _ body: (any LedgerRow) throws -> Void) throws { try rows(sql, [], body) }

    func execute(_ sql: String, _ arguments: [LedgerArgument]) throws {
        try execute(sql, StatementArguments(arguments.map(\.sqliteValue)))
    }

    func record(_ changes: BookChanges) throws {
        for account in changes.opened {
            try execute(
                """
                INSERT INTO accounts (id, owner, currency, status, overdraft_limit, payment_limit)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    account.id, account.owner.rawValue, account.currency.code, account.status.rawValue,
                    account.overdraftLimit, account.paymentLimit,
                ])
            try execute("INSERT INTO balances (account, minor_units) VALUES (?, 0)", [account.id])
        }
        for (sequence, transfer) in changes.transfers {
            try execute(
                "INSERT INTO transfers (sequence, id, kind, reference, created_at) VALUES (?, ?, ?, ?, ?)",
                [
                    sequence, transfer.id, transfer.kind.rawValue, transfer.reference,
                    transfer.createdAt.milliseconds,
                ])
        }
        for (sequence, posting, balance) in changes.postings {
            try execute(
                "INSERT INTO postings (account, transfer, minor_units, balance_after) VALUES (?, ?, ?, ?)",
                [posting.account, sequence, posting.amount.minorUnits, balance])
        }
        for (account, balance) in changes.balances {
            try execute("UPDATE balances SET minor_units = ? WHERE account = ?", [balance, account])
        }
        for (payment, expiresAt) in changes.holds {
            try execute("INSERT INTO holds (payment, expires_at) VALUES (?, ?)", [payment, expiresAt.milliseconds])
        }
        for payment in changes.expired {
            try execute("UPDATE holds SET expired = 1 WHERE payment = ?", [payment])
        }
        for account in changes.closed {
            try execute("UPDATE accounts SET status = 'closed' WHERE id = ?", [account])
        }
    }

    private func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

extension LedgerArgument {
    fileprivate var sqliteValue: (any DatabaseValueConvertible)? {
        switch self {
        case .text(let text): text
        case .integer(let integer): integer
        case .texts(let texts): "[\(QuotedList.elements(texts))]"
        case .integers(let integers): "[\(integers.map(String.init).joined(separator: ","))]"
        }
    }
}

extension Row: LedgerRow {
    func text(_ column: Int) throws -> String? { self[column] }

    func integer(_ column: Int) throws -> Int64? { self[column] }
}
