import CPostgres
public import Foundation

/// A ledger in a PostgreSQL database, in the schema `ledger`, for any number of processes and machines.
///
/// Concurrent writes share transactions, and each returns when the server has it on disk. Those of several processes take
/// turns; reads never wait. Lost connections are replaced for 15 seconds before a call fails. When one is lost during a
/// commit, the transfers of that commit are looked for by their ids, and what is missing is written then; a caller may be
/// told that its transfer was already applied, though by this call.
///
/// The connections last between transactions: a pooler in between has to keep sessions. They are closed when the last
/// reference to the ledger goes away.
public final class PostgresLedger: DatabaseLedger {
    public let engine: LedgerEngine

    /// Connects to a ledger, and brings its tables up to date. Blocks the thread until the server has answered.
    /// - Parameters:
    ///   - address: A URL such as `postgresql://user@host:5432/database?sslmode=verify-full`, or any other connection string
    ///     of libpq's. What it leaves out comes from libpq's environment variables, its service file and its password file.
    ///   - createIfMissing: Whether to start an empty ledger when the database has none.
    ///   - now: The clock that transfers are dated by.
    /// - Throws: ``LedgerError/cannotOpen(path:reason:)``, whose reason says what to do. It names the server and the
    ///   database, and no password.
    public convenience init(
        address: String, createIfMissing: Bool = true, now: @escaping @Sendable () -> Date = { Date() }
    ) throws(LedgerError) {
        try self.init(
            address: address, createIfMissing: createIfMissing,
            writesPerTransaction: LedgerEngine.writesPerTransaction, now: now)
    }

    package init(
        address: String, createIfMissing: Bool = true, writesPerTransaction: Int,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws(LedgerError) {
        do {
            try PostgresSchema.prepare(Self.connect(address), createIfMissing: createIfMissing)
        } catch let error as PostgresSchema.Unusable {
            throw .cannotOpen(path: Self.location(address), reason: error.reason)
        } catch {
            throw .cannotOpen(
                path: Self.location(address),
                reason: "\(error); correct the address, or see that the server runs and lets this user in")
        }
        let store = PostgresStore { try Self.connect(address) }
        engine = LedgerEngine(store, writesPerTransaction: writesPerTransaction, now: now)
    }

    static func connect(_ address: String) throws -> PostgresConnection {
        let connection = try PostgresConnection(address)
        // Transactions idle only between two statements of ours: longer, and this process hangs or is cut off, and keeps
        // the other writers out. Indexes are used from the first row on: plans last, and tables grow.
        try connection.enqueueOnce(
            """
            SELECT set_config('search_path', 'ledger', false), set_config('client_encoding', 'UTF8', false),
                set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false),
                set_config('idle_in_transaction_session_timeout', '10s', false)
            """)
        try connection.enqueueOnce(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
        var (fsync, encoding, version) = ("", "", Int64(0))
        let look = """
            SELECT current_setting('fsync'), current_setting('server_encoding'),
                current_setting('server_version_num')::bigint
            """
        try connection.enqueueOnce(look) { row in
            (fsync, encoding) = (try row.requiredText(0), try row.requiredText(1))
            version = try row.requiredInteger(2)
        }
        try connection.flush()
        guard version >= 120_000 else {
            throw PostgresSchema.Unusable(reason: "the server is version \(version / 10_000); use 12 or newer")
        }
        guard encoding == "UTF8" else {
            throw PostgresSchema.Unusable(reason: "its encoding is \(encoding); create a database with UTF8")
        }
        guard fsync == "on" else {
            throw PostgresSchema.Unusable(
                reason: "the server's fsync is off, so commits would not survive a power failure; turn it on")
        }
        return connection
    }

    /// The address without what is nobody's business.
    private static func location(_ address: String) -> String {
        guard let options = PQconninfoParse(address, nil) else { return "the given address" }
        defer { PQconninfoFree(options) }
        var found: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { found[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        let user = found["user"].map { "\($0)@" } ?? ""
        let port = found["port"].map { ":\($0)" } ?? ""
        return "postgresql://\(user)\(found["host"] ?? "")\(port)/\(found["dbname"] ?? "")"
    }
}
