import Foundation
import GRDB

/// Opens the database file of a ledger.
enum LedgerFile {
    /// How long a connection waits for another process to finish its transaction.
    private static let busyTimeout: TimeInterval = 10

    /// In bytes. With SQLite's 2 MB, a ledger of some thousand transfers is read again for every batch.
    private static let writerCache = 64 << 20

    /// How many pages of 4 KiB the log holds before they are copied into the file. With SQLite's 1,000, which a few batches
    /// fill, half of all writing is copying; with more, what changes often is copied once.
    private static let checkpointPages = 16_384

    static func open(_ path: String, createIfMissing: Bool) throws(LedgerError) -> DatabasePool {
        guard createIfMissing || FileManager.default.fileExists(atPath: path) else {
            throw .cannotOpen(path: path, reason: "there is no such file; correct the path")
        }
        let deadline = ContinuousClock.now + .seconds(busyTimeout)
        while true {
            do {
                return try openOnce(path)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && .now < deadline {
                // Turning a new file to WAL, while another process does the same, is busy without regard for the timeout.
                Thread.sleep(forTimeInterval: 0.01)
            } catch {
                throw LedgerError(opening: path, error)
            }
        }
    }

    private static func openOnce(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "ledger"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { try refuseForeign($0, path) }
        let pool = try DatabasePool(path: path, configuration: configuration)
        // Only now, because the pool sets NORMAL when it opens, which loses the last commits with the power.
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try requireFullSynchronous(db, path)
            try db.execute(sql: "PRAGMA cache_size = -\(writerCache / 1024)")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = \(checkpointPages)")
        }
        let migrator = LedgerSchema.migrator
        guard try pool.read(migrator.hasBeenSuperseded) == false else {
            throw LedgerError.cannotOpen(
                path: path, reason: "a newer version of this program has changed its tables; use that version"
            )
        }
        do {
            try migrator.migrate(pool)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
            // Two processes may both find a migration missing. The second finds its tables there, and by now its mark.
            try migrator.migrate(pool)
        }
        return pool
    }

    /// Checks that commits wait for the disk.
    static func requireFullSynchronous(_ db: Database, _ path: String) throws {
        let level = try Int.fetchOne(db, sql: "PRAGMA synchronous")
        guard level == 2 else {
            throw LedgerError.cannotOpen(
                path: path,
                reason:
                    "SQLite keeps PRAGMA synchronous at \(level.map(String.init) ?? "nothing") instead of 2 (FULL), "
                    + "so commits would not survive a power failure; use an SQLite built with its defaults"
            )
        }
    }

    /// Checks that a database is empty or a ledger, before anything is changed in it.
    ///
    /// The tables are looked at first: a ledger's appear in one transaction with its mark.
    private static func refuseForeign(_ db: Database, _ path: String) throws {
        let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
        let isEmpty = tables.allSatisfy { $0.hasPrefix("sqlite_") || $0.hasPrefix("grdb_") }
        let mark = try Int.fetchOne(db, sql: "PRAGMA application_id")
        guard isEmpty || mark == LedgerSchema.applicationID else {
            throw LedgerError.cannotOpen(
                path: path, reason: "it is the database of another program; correct the path, or name a new file"
            )
        }
    }
}
