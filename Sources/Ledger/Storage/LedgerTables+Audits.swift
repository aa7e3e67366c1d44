import Foundation

/// The audits on record. Each has a row from when it begins, so that no other begins meanwhile.
extension LedgerTables {
    /// How far a process's clock may be ahead of another's. What begins later than that was written by a wrong clock, and
    /// counts for nothing, or nobody would audit until then.
    private static let clockTolerance: TimeInterval = 300

    /// When the newest audit began, whether it has ended or not.
    func newestAuditBegin(at now: Date) throws -> Date? {
        var newest: Int64?
        try rows("SELECT max(began_at) FROM audits WHERE began_at <= $1", [Self.latestBegin(now)]) {
            newest = try $0.integer(0)
        }
        return newest.map(Date.init(milliseconds:))
    }

    /// The newest audit that has ended.
    func newestAudit(at now: Date) throws -> Audit? {
        var newest: Audit?
        let sql = """
            SELECT ended_at, accounts, transfers, postings, violations FROM audits
            WHERE ended_at IS NOT NULL AND began_at <= $1 ORDER BY began_at DESC LIMIT 1
            """
        try rows(sql, [Self.latestBegin(now)]) { row in
            newest = Audit(
                endedAt: Date(milliseconds: try row.requiredInteger(0)), accounts: Int(try row.requiredInteger(1)),
                transfers: Int(try row.requiredInteger(2)), postings: Int(try row.requiredInteger(3)),
                violations: Int(try row.requiredInteger(4)), report: nil)
        }
        return newest
    }

    private static func latestBegin(_ now: Date) -> LedgerArgument {
        .integer((now + clockTolerance).milliseconds)
    }

    func beginAudit(at time: Date) throws {
        try execute("INSERT INTO audits (began_at) VALUES ($1)", [.integer(time.milliseconds)])
    }

    func end(_ audit: Audit, begunAt time: Date) throws {
        let sql = """
            UPDATE audits SET ended_at = $1, accounts = $2, transfers = $3, postings = $4, violations = $5
            WHERE began_at = $6
            """
        let values = [audit.accounts, audit.transfers, audit.postings, audit.violations].map(Int64.init)
        try execute(
            sql, ([audit.endedAt.milliseconds] + values + [time.milliseconds]).map(LedgerArgument.integer))
    }
}
