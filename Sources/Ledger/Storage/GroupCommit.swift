import Dispatch
import Synchronization

/// Runs concurrent writes in shared transactions, because a commit waits for the disk however much it commits.
///
/// Writes that arrive while a transaction commits make up the next one. No caller hears of its result before the commit
/// has returned: until then even a refusal may rest on a neighbour's write that the commit could lose.
final class GroupCommit: Sendable {
    private let store: any LedgerStore
    private let writesPerTransaction: Int
    private let thread = DispatchQueue(label: "ledger.writer")
    private let queue = Mutex(Queue())

    private struct Queue {
        /// In order of arrival.
        var waiting: [BookWrite] = []

        /// Whether a transaction is running or about to, which will see to what waits.
        var isScheduled = false
    }

    /// - Parameter writesPerTransaction: Bounds how long the first write of a transaction waits for the last, and how long
    ///   other processes are kept out.
    init(_ store: any LedgerStore, writesPerTransaction: Int) {
        self.store = store
        self.writesPerTransaction = writesPerTransaction
    }

    /// Runs a write, and returns when it is durable.
    /// - Parameters:
    ///   - needs: What `body` looks for in the books.
    ///   - body: The write. It may run while neighbours' writes are not committed yet, and again when a transaction is
    ///     tried again.
    /// - Throws: The ``LedgerError`` the write threw, or ``LedgerError/storage(_:)`` when it could not be committed.
    func write<Value: Sendable>(
        _ needs: BookWrite.Needs, _ body: @escaping @Sendable (inout Books) throws(LedgerError) -> Value
    ) async throws(LedgerError) -> Value {
        let result = await withCheckedContinuation { (caller: CheckedContinuation<Result<Value, LedgerError>, Never>) in
            let write = BookWrite(
                needs: needs,
                run: { books in
                    let result: Result<Value, LedgerError>
                    do throws(LedgerError) {
                        result = .success(try body(&books))
                    } catch {
                        result = .failure(error)
                    }
                    return { caller.resume(returning: result) }
                },
                fail: { caller.resume(returning: .failure($0)) })
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
        thread.async {
            self.commit(self.takeBatch())
            let isMore = self.queue.withLock { queue in
                queue.isScheduled = !queue.waiting.isEmpty
                return queue.isScheduled
            }
            if isMore { self.scheduleTransaction() }
        }
    }

    private func takeBatch() -> [BookWrite] {
        queue.withLock { queue in
            let batch = Array(queue.waiting.prefix(writesPerTransaction))
            queue.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func commit(_ batch: [BookWrite]) {
        do {
            let answers = try store.write { tables in
                var books = try Books(for: batch, from: tables)
                let answers = batch.map { $0.run(&books) }
                try tables.record(books.changes)
                return answers
            }
            for answer in answers { answer() }
        } catch {
            if batch.count > 1, store.isRefusal(error) {
                // One write is to blame, and only on its own can it be told from its neighbours.
                for write in batch { commit([write]) }
            } else {
                let failure = store.ledgerError(error)
                for write in batch { write.fail(failure) }
            }
        }
    }
}
