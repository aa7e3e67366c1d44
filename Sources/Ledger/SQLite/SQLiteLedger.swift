public import Foundation
import GRDB

/// A ledger in one SQLite file.
///
/// Concurrent writes share transactions, and each returns when the disk has it. Several processes may open the same
/// file, on one machine and on a local disk: their writes take turns, their reads never wait. The file's connections are
/// closed when the last reference to the ledger goes away.
public final class SQLiteLedger: DatabaseLedger {
    public let engine: LedgerEngine
    let pool: DatabasePool

    /// Opens a ledger, and brings its tables up to date. Blocks the thread until the file is open.
    /// - Parameters:
    ///   - path: The database file. Two more files, `-wal` and `-shm`, live beside it and belong to it.
    ///   - createIfMissing: Whether to start an empty ledger when there is no such file.
    ///   - now: The clock that transfers are dated by.
    /// - Throws: ``LedgerError/cannotOpen(path:reason:)``, whose reason says what to do.
    public convenience init(
        path: String, createIfMissing: Bool = true, now: @escaping @Sendable () -> Date = { Date() }
    ) throws(LedgerError) {
        try self.init(
            path: path, createIfMissing: createIfMissing, writesPerTransaction: LedgerEngine.writesPerTransaction,
            now: now)
    }

    package init(
        path: String, createIfMissing: Bool = true, writesPerTransaction: Int,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(LedgerError) {
        pool = try LedgerFile.open(path, createIfMissing: createIfMissing)
        engine = LedgerEngine(SQLiteStore(pool: pool), writesPerTransaction: writesPerTransaction, now: now)
    }
}
