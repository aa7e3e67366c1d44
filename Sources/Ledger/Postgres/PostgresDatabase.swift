/// One PostgreSQL connection inside a transaction.
struct PostgresDatabase: LedgerDatabase {
    /// How many rows of a long result are in memory at once.
    private static let rowsPerFetch = 10_000

    private let connection: PostgresConnection

    init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    func condition(_ column: String, isAnyOfArgument index: Int) -> String { "\(column) = ANY ($\(index)::text[])" }

    func rows(_ sql: String, _ arguments: [LedgerArgument], _ body: (any LedgerRow) throws -> Void) throws {
        try withoutActuallyEscaping(body) { body in
            try connection.enqueue(sql, arguments, body)
            try connection.flush()
        }
    }

    func scan(_ sql: String, _ body: (any LedgerRow) throws -> Void) throws {
        try connection.enqueueOnce("DECLARE scan NO SCROLL CURSOR FOR \(sql)")
        var fetched = 0
        repeat {
            fetched = 0
            try rows("FETCH \(Self.rowsPerFetch) FROM scan", []) { row in
                fetched += 1
                try body(row)
            }
        } while fetched == Self.rowsPerFetch
        try connection.enqueueOnce("CLOSE scan")
    }

    /// Sends the statement along with what is flushed next.
    func execute(_ sql: String, _ arguments: [LedgerArgument]) throws { try connection.enqueue(sql, arguments) }

    /// Sends the rows along with what is flushed next.
    func record(_ changes: BookChanges) throws {
        for account in changes.opened {
            try connection.enqueue(
                "INSERT INTO accounts VALUES ($1, $2, $3, $4, $5, $6)",
                [
                    .text(account.id), .text(account.owner.rawValue), .text(account.currency.code),
                    .text(account.status.rawValue), .integer(account.overdraftLimit), .integer(account.paymentLimit),
                ])
            try connection.enqueue("INSERT INTO balances VALUES ($1, 0)", [.text(account.id)])
        }
        if !changes.transfers.isEmpty {
            try connection.enqueue(
                """
                INSERT INTO transfers (sequence, id, kind, reference, created_at)
                SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[])
                """,
                [
                    .integers(changes.transfers.map(\.sequence)), .texts(changes.transfers.map(\.transfer.id)),
                    .texts(changes.transfers.map(\.transfer.kind.rawValue)),
                    .texts(changes.transfers.map(\.transfer.reference)),
                    .integers(changes.transfers.map(\.transfer.createdAt.milliseconds)),
                ])
        }
        if !changes.postings.isEmpty {
            try connection.enqueue(
                """
                INSERT INTO postings (account, transfer, minor_units, balance_after)
                SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
                """,
                [
                    .texts(changes.postings.map(\.posting.account)), .integers(changes.postings.map(\.sequence)),
                    .integers(changes.postings.map(\.posting.amount.minorUnits)),
                    .integers(changes.postings.map(\.balance)),
                ])
            try connection.enqueue(
                """
                UPDATE balances SET minor_units = changed.minor_units
                FROM unnest($1::text[], $2::bigint[]) AS changed (account, minor_units)
                WHERE balances.account = changed.account
                """,
                [.texts(Array(changes.balances.keys)), .integers(Array(changes.balances.values))])
        }
        if !changes.holds.isEmpty {
            try connection.enqueue(
                "INSERT INTO holds (payment, expires_at) SELECT * FROM unnest($1::text[], $2::bigint[])",
                [.texts(changes.holds.map(\.payment)), .integers(changes.holds.map(\.expiresAt.milliseconds))])
        }
        if !changes.expired.isEmpty {
            try connection.enqueue(
                "UPDATE holds SET expired = 1 WHERE payment = ANY ($1::text[])", [.texts(changes.expired)])
        }
        if !changes.closed.isEmpty {
            try connection.enqueue(
                "UPDATE accounts SET status = 'closed' WHERE id = ANY ($1::text[])", [.texts(changes.closed)])
        }
    }
}
