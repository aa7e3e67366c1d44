import Foundation
import GRDB
import Synchronization
import Testing

@testable import Ledger

extension TemporaryLedger {
    fileprivate var sqlite: SQLiteLedger {
        get throws { try #require(ledger as? SQLiteLedger) }
    }
}

@Suite("A ledger's file")
struct StorageTests {
    @Test("is written so that a commit waits for the disk, by every ledger that opens it")
    func synchronous() async throws {
        let fixture = try await TemporaryLedger.open(.sqlite)
        for ledger in [try fixture.sqlite, try SQLiteLedger(path: fixture.address)] {
            let pragmas = try await ledger.pool.writeWithoutTransaction { db in
                try ["synchronous", "foreign_keys", "busy_timeout"].map { try Int.fetchOne(db, sql: "PRAGMA \($0)") }
            }
            #expect(pragmas == [2, 1, 10_000])
            let mode = try await ledger.pool.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
            #expect(mode == "wal")
        }
    }

    @Test("is refused over a connection whose commits don't wait for the disk")
    func normalSynchronous() throws {
        let database = try DatabaseQueue()
        try database.inDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            #expect(throws: LedgerError.self) { try LedgerFile.requireFullSynchronous(db, "ledger.db") }
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try LedgerFile.requireFullSynchronous(db, "ledger.db")
        }
    }

    /// Refuses every commit while it is on, as a disk that can't take one does.
    private final class FullDisk: TransactionObserver, Sendable {
        func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { false }
        func databaseDidChange(with event: DatabaseEvent) {}
        func databaseWillCommit() throws { throw DatabaseError(resultCode: .SQLITE_FULL) }
        func databaseDidCommit(_ db: Database) {}
        func databaseDidRollback(_ db: Database) {}
    }

    @Test("takes nothing of any caller's when a shared commit fails, and takes the repeated calls later")
    func failedCommit() async throws {
        let fixture = try await TemporaryLedger.open(.sqlite)
        try await fixture.openAccounts()
        let disk = FullDisk()
        try fixture.sqlite.pool.add(transactionObserver: disk)
        let calls: @Sendable () async -> [PaymentStep.Outcome] = {
            await withTaskGroup(of: PaymentStep.Outcome.self) { group in
                for number in 0..<40 {
                    group.addTask { await PaymentStep.authorise.run("p\(number)", on: fixture.ledger) }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        for outcome in await calls() {
            guard case .refused(.storage(let reason)) = outcome else {
                Issue.record("expected a failure, got \(outcome)")
                continue
            }
            #expect(reason.contains("free disk space"))
        }
        #expect(try await fixture.balances("user", "clearing") == [100_00, 0])
        try fixture.sqlite.pool.remove(transactionObserver: disk)
        #expect(await calls().allSatisfy { $0 == .applied })
        #expect(try await fixture.balances("user", "clearing") == [96_00, 4_00])
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("undoes a transfer that the database refuses midway, and that one alone")
    func refusedMidway() async throws {
        let fixture = try await TemporaryLedger.open(.sqlite)
        try await fixture.openAccounts()
        try await fixture.ledger.openAccount(AccountRequest(id: "cursed", owner: .merchant, currency: eur))
        try await fixture.sqlite.pool.write { db in
            try db.execute(
                sql: """
                    CREATE TRIGGER curse AFTER UPDATE ON balances WHEN NEW.account = 'cursed'
                    BEGIN SELECT RAISE(ABORT, 'cursed'); END
                    """
            )
        }
        let applied = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                let destination = number.isMultiple(of: 2) ? "shop" : "cursed"
                group.addTask {
                    (try? await fixture.ledger.transfer(move("t\(number)", "user", destination, 1))) == .applied
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(applied == 50)
        #expect(try await fixture.balances("user", "shop", "cursed") == [99_50, 50, 0])
        let report = try await fixture.ledger.verify()
        #expect(report.violations == [] && report.transfers == 51)
    }

    @Test("that can't grow fails calls whole, and takes them when it can")
    func full() async throws {
        let fixture = try await TemporaryLedger.open(.sqlite)
        try await fixture.openAccounts()
        try await fixture.sqlite.pool.writeWithoutTransaction { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        var applied = 0
        var failure: LedgerError?
        while failure == nil, applied < 10_000 {
            do {
                try await fixture.ledger.transfer(move("t\(applied)", "user", "shop", 1))
                applied += 1
            } catch {
                failure = error
            }
        }
        guard case .storage = failure else {
            Issue.record("expected a failure, got \(String(describing: failure))")
            return
        }
        #expect(try await fixture.balances("user", "shop") == [100_00 - Int64(applied), Int64(applied)])
        #expect(try await fixture.ledger.verify().violations == [])
        try await fixture.sqlite.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
        #expect(try await fixture.ledger.transfer(move("t\(applied)", "user", "shop", 1)) == .applied)
    }

    @Test("is refused, untouched, when another program's tables are in it")
    func foreign() async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("other.db").path
        try await DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE orders (id INTEGER)") }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
        #expect(error?.description.contains("another program") == true)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("is refused when a newer version has changed it")
    func newer() async throws {
        let fixture = try await TemporaryLedger.open(.sqlite)
        try await fixture.sqlite.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v999')") }
        let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: fixture.address) }
        #expect(error?.description.contains("newer version") == true)
    }

    @Test("that can't be opened is reported with its path and what to do")
    func unopenable() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = folder.appendingPathComponent("notes.txt")
        try Data(repeating: 0x41, count: 4096).write(to: text)
        for (path, advice) in [
            (folder.appendingPathComponent("missing/ledger.db").path, "create the folder"),
            (text.path, "no SQLite database"), (":memory:", "a file on a local disk"),
        ] {
            let error = #expect(throws: LedgerError.self) { try SQLiteLedger(path: path) }
            let description = error?.description ?? ""
            #expect(description.contains(path) && description.contains(advice), "\(description)")
        }
    }

    @Test("that is new can be opened by many at the same moment")
    func openedTogether() throws {
        for _ in 0..<20 {
            let folder = try temporaryFolder()
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = folder.appendingPathComponent("ledger.db").path
            let failures = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                do {
                    _ = try SQLiteLedger(path: path)
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            #expect(failures.withLock { $0 } == [])
        }
    }

    @Test("is not created for a caller who expects it to be there")
    func missing() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("ledger.db").path
        #expect(throws: LedgerError.self) { try SQLiteLedger(path: path, createIfMissing: false) }
        #expect(!FileManager.default.fileExists(atPath: path))
        _ = try SQLiteLedger(path: path)
        _ = try SQLiteLedger(path: path, createIfMissing: false)
    }
}
