import GRDB
import Synchronization

/// Runs concurrent writes in shared transactions, because a commit waits for the disk however much it commits.
///
/// Writes that arrive while a transaction commits make up the next one. Each runs in a savepoint of its own, so one that
/// is refused leaves its neighbours alone, and no caller hears of its result before the commit has returned: until
/// then even a refusal may rest on a neighbour's write that the commit could lose.
final class GroupCommit: Sendable {
    /// Bounds how long the first write of a transaction waits for the last, and how long other processes are kept out.
    private static let writesPerTransaction = 512

    private let pool: DatabasePool
    private let queue = Mutex(Queue())

    private struct Queue {
        /// In order of arrival.
        var waiting: [Write] = []

        /// Whether a transaction is running or about to, which will see to what waits.
        var isScheduled = false
    }

    init(_ pool: DatabasePool) {
        self.pool = pool
    }

    /// Runs a write, and returns when it is durable.
    /// - Parameter body: The write. It may run while neighbours' writes are not committed yet.
    /// - Throws: The ``LedgerError`` the write threw, or ``LedgerError/storage(_:)`` when it could not be committed.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerTables) throws -> Value
    ) async throws(LedgerError) -> Value {
        let result = await withCheckedContinuation { (caller: CheckedContinuation<Result<Value, LedgerError>, Never>) in
            let write = Write(
                run: { db in
                    let result = try Self.inSavepoint(db, body)
                    return { caller.resume(returning: result) }
                },
                fail: { caller.resume(returning: .failure($0)) }
            )
            let isScheduled = queue.withLock { queue in
                queue.waiting.append(write)
                defer { queue.isScheduled = true }
                return queue.isScheduled
            }
            if !isScheduled { scheduleTransaction() }
        }
        return try result.get()
    }

    private func scheduleTransaction() {
        pool.asyncWriteWithoutTransaction { db in
            Self.commit(self.takeBatch(), db)
            let isMore = self.queue.withLock { queue in
                queue.isScheduled = !queue.waiting.isEmpty
                return queue.isScheduled
            }
            if isMore { self.scheduleTransaction() }
        }
    }

    private func takeBatch() -> [Write] {
        queue.withLock { queue in
            let batch = Array(queue.waiting.prefix(Self.writesPerTransaction))
            queue.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private static func commit(_ batch: [Write], _ db: Database) {
        var answers: [Answer] = []
        answers.reserveCapacity(batch.count)
        do {
            try db.inTransaction(.immediate) {
                for write in batch { answers.append(try write.run(db)) }
                return .commit
            }
        } catch {
            let failure = LedgerError(storage: error)
            for write in batch { write.fail(failure) }
            return
        }
        for answer in answers { answer() }
    }

    /// Runs one write so that it can be undone alone.
    /// - Throws: A database error that puts the whole transaction in doubt.
    private static func inSavepoint<Value>(
        _ db: Database, _ body: (LedgerTables) throws -> Value
    ) throws -> Result<Value, LedgerError> {
        try db.cachedStatement(sql: "SAVEPOINT ledger_write").execute()
        let result: Result<Value, LedgerError>
        do {
            result = .success(try body(LedgerTables(db)))
        } catch let refusal as LedgerError {
            result = .failure(refusal)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            result = .failure(LedgerError(storage: error))
        }
        if case .failure = result {
            try db.cachedStatement(sql: "ROLLBACK TO SAVEPOINT ledger_write").execute()
        }
        try db.cachedStatement(sql: "RELEASE SAVEPOINT ledger_write").execute()
        return result
    }
}

/// Tells one caller its result.
private typealias Answer = @Sendable () -> Void

/// A write that waits for a transaction. Either `run`'s answer or `fail` is called, once.
private struct Write: Sendable {
    let run: @Sendable (Database) throws -> Answer
    let fail: @Sendable (LedgerError) -> Void
}
