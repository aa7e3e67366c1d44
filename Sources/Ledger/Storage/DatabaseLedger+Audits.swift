import Dispatch
import Foundation

extension DatabaseLedger {
    public func audit(every interval: Duration) async throws(LedgerError) -> Audit? {
        let begin = engine.now()
        let due = begin - interval / .seconds(1)
        do {
            let (begun, newest) = try await engine.store.read {
                (try $0.newestAuditBegin(at: begin), try $0.newestAudit(at: begin))
            }
            guard begun.map({ $0 <= due }) ?? true, try await beginAudit(at: begin, due: due) else { return newest }
            let report = try await verify()
            let audit = Audit(
                endedAt: engine.now(), accounts: report.accounts, transfers: report.transfers,
                postings: report.postings, violations: report.violations.count, report: report)
            try await write { try $0.end(audit, begunAt: begin) }
            return audit
        } catch {
            throw engine.store.ledgerError(error)
        }
    }

    /// - Returns: Whether it is for the caller to make the audit.
    private func beginAudit(at begin: Date, due: Date) async throws -> Bool {
        try await write { tables in
            if let newest = try tables.newestAuditBegin(at: begin), newest > due {
                // This very call's, if the answer to its first commit was lost.
                return newest.milliseconds == begin.milliseconds
            }
            try tables.beginAudit(at: begin)
            return true
        }
    }

    /// Apart from the shared transactions of the books.
    private func write<Value: Sendable>(
        _ body: @escaping @Sendable (LedgerTables) throws -> Value
    ) async throws -> Value {
        let store = engine.store
        return try await withCheckedThrowingContinuation { caller in
            DispatchQueue.global(qos: .utility).async { caller.resume(with: Result { try store.write(body) }) }
        }
    }
}
