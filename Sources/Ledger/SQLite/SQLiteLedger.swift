public import Foundation
import GRDB

/// A ledger in one SQLite file.
///
/// Concurrent writes share transactions, and each returns when the disk has it. Several processes may open the same
/// file, on one machine and on a local disk: their writes take turns, their reads never wait. The file's connections are
/// closed when the last reference to the ledger goes away.
public final class SQLiteLedger: Ledger {
    let pool: DatabasePool
    private let writer: GroupCommit
    private let now: @Sendable () -> Date

    /// Opens a ledger, and brings its tables up to date. Blocks the thread until the file is open.
    /// - Parameters:
    ///   - path: The database file. Two more files, `-wal` and `-shm`, live beside it and belong to it.
    ///   - createIfMissing: Whether to start an empty ledger when there is no such file.
    ///   - now: The clock that transfers are dated by.
    /// - Throws: ``LedgerError/cannotOpen(path:reason:)``, whose reason says what to do.
    public init(
        path: String, createIfMissing: Bool = true, now: @escaping @Sendable () -> Date = { Date() }
    ) throws(LedgerError) {
        pool = try LedgerFile.open(path, createIfMissing: createIfMissing)
        writer = GroupCommit(pool)
        self.now = now
    }

    @discardableResult
    public func openAccount(_ request: AccountRequest) async throws(LedgerError) -> Account {
        try AccountRules.check(request)
        return try await writer.write { try $0.open(request) }
    }

    public func closeAccount(_ id: String) async throws(LedgerError) {
        try await writer.write { try $0.closeAccount(id) }
    }

    public func account(_ id: String) async throws(LedgerError) -> Account {
        try await read { try $0.existing(id) }
    }

    public func accounts(after id: String?, limit: Int) async throws(LedgerError) -> [Account] {
        try Self.check(pageLimit: limit)
        return try await read { try $0.accounts(after: id ?? "", limit: limit) }
    }

    @discardableResult
    public func transfer(_ request: TransferRequest) async throws(LedgerError) -> TransferResult {
        try TransferRules.check(request, .transfer)
        return try await writer.write { [now] in try $0.transfer(request, now: now()) }
    }

    @discardableResult
    public func authorise(
        payment: String, from user: String, to clearing: String, amount: Money
    ) async throws(LedgerError) -> TransferResult {
        try Identifier.check(payment: payment)
        let request = try TransferRequest(
            id: TransferKind.authorise.id(payment: payment), reference: payment, from: user, to: clearing,
            amount: amount
        )
        try TransferRules.check(request, .authorise)
        return try await writer.write { [now] in
            try $0.authorise(request, now: now())
        }
    }

    @discardableResult
    public func settle(payment: String, to merchant: String) async throws(LedgerError) -> TransferResult {
        try Identifier.check(payment: payment)
        return try await writer.write { [now] in try $0.settle(payment: payment, to: merchant, now: now()) }
    }

    @discardableResult
    public func returnFunds(payment: String) async throws(LedgerError) -> ReturnResult {
        try Identifier.check(payment: payment)
        return try await writer.write { [now] in try $0.returnFunds(payment: payment, now: now()) }
    }

    public func state(payment: String) async throws(LedgerError) -> PaymentState {
        try await read { PaymentRules.state(recorded: try $0.steps(payment: payment)) }
    }

    public func transfer(id: String) async throws(LedgerError) -> Transfer? {
        try await read { try $0.transfer(id) }
    }

    public func statement(
        account: String, after sequence: Int64, limit: Int
    ) async throws(LedgerError) -> [StatementLine] {
        try Self.check(pageLimit: limit)
        return try await read { try $0.statement($0.existing(account), after: sequence, limit: limit) }
    }

    public func verify() async throws(LedgerError) -> VerificationReport {
        try await readDatabase { db in
            var audit = LedgerAudit()
            return try audit.run(db)
        }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerTables) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await readDatabase { try body(LedgerTables($0)) }
    }

    /// Reads one snapshot of the database.
    private func readDatabase<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        let result = await withCheckedContinuation { (caller: CheckedContinuation<Result<Value, LedgerError>, Never>) in
            pool.asyncRead { database in
                do {
                    caller.resume(returning: .success(try body(database.get())))
                } catch {
                    caller.resume(returning: .failure(LedgerError(storage: error)))
                }
            }
        }
        return try result.get()
    }

    private static func check(pageLimit: Int) throws(LedgerError) {
        guard (1...1000).contains(pageLimit) else {
            throw .invalid("a page of \(pageLimit) was asked for; ask for 1 to 1,000")
        }
    }
}
