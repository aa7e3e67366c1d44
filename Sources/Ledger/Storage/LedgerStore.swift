/// A database that keeps a ledger: where transactions begin and end.
protocol LedgerStore: Sendable {
    /// Runs `body` in a transaction of the ledger's only writer, and returns when it is durable. Blocks the thread.
    /// - Parameter body: Runs again from the start when the transaction was lost on the way and is tried again.
    func write<Value>(_ body: (LedgerTables) throws -> Value) throws -> Value

    /// Runs `body` on one snapshot of the ledger.
    /// - Parameter body: Runs again from the start when the connection was lost on the way.
    func read<Value: Sendable>(_ body: @escaping @Sendable (LedgerTables) throws -> Value) async throws -> Value

    /// Runs `body`, which may take long, on one snapshot of the ledger.
    func scan<Value: Sendable>(_ body: @escaping @Sendable (LedgerTables) throws -> Value) async throws -> Value

    /// Whether the database refused what was written, rather than failed, so that other writes may pass without it.
    func isRefusal(_ error: any Error) -> Bool

    /// What to tell the caller about an error that the other methods threw.
    func ledgerError(_ error: any Error) -> LedgerError
}
