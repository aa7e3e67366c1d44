import GRDB

/// A ledger's file, as the engine uses it.
struct SQLiteStore: LedgerStore {
    let pool: DatabasePool

    func write<Value>(_ body: (LedgerTables) throws -> Value) throws -> Value {
        try pool.write { try body(LedgerTables(SQLiteDatabase($0))) }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (LedgerTables) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { caller in
            pool.asyncRead { database in
                caller.resume(with: Result { try body(LedgerTables(SQLiteDatabase(database.get()))) })
            }
        }
    }

    func scan<Value: Sendable>(_ body: @escaping @Sendable (LedgerTables) throws -> Value) async throws -> Value {
        try await read(body)
    }

    func isRefusal(_ error: any Error) -> Bool { (error as? DatabaseError)?.resultCode == .SQLITE_CONSTRAINT }

    func ledgerError(_ error: any Error) -> LedgerError { LedgerError(storage: error) }
}
