/// The tables of a ledger in PostgreSQL, and how they came to be.
///
/// They have a schema of their own, so a ledger may share a database with anything else.
enum PostgresSchema {
    /// The statement that waits until no other transaction writes to the ledger, until this one ends. The number stands for
    /// "Ledg" in ASCII.
    static let takeTurn = "SELECT pg_advisory_xact_lock(\(0x4C65_6467))"

    /// Brings the tables up to date.
    /// - Throws: ``PostgresFailure``, or ``Unusable`` when the database can't be the ledger's.
    static func prepare(_ connection: PostgresConnection, createIfMissing: Bool) throws {
        try connection.transaction(["BEGIN", takeTurn]) {
            let found = try version(connection)
            guard found > 0 || createIfMissing else {
                throw Unusable(reason: "there is no ledger in this database; correct the address")
            }
            guard found <= versions.count else {
                throw Unusable(reason: "a newer version of this program has changed its tables; use that version")
            }
            for (index, statements) in versions.enumerated().dropFirst(found) {
                for statement in statements { try connection.enqueueOnce(statement) }
                try connection.enqueueOnce("INSERT INTO ledger.schema_versions (version) VALUES (\(index + 1))")
            }
        }
    }

    /// Why a database can't be the ledger's.
    struct Unusable: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    /// The version of the tables there are; 0 for none.
    private static func version(_ connection: PostgresConnection) throws -> Int {
        var (isThere, isOurs) = (false, false)
        let look = """
            SELECT to_regnamespace('ledger') IS NOT NULL, to_regclass('ledger.schema_versions') IS NOT NULL
            """
        try connection.enqueueOnce(look) { row in
            (isThere, isOurs) = (try row.text(0) == "t", try row.text(1) == "t")
        }
        try connection.flush()
        guard isThere else { return 0 }
        guard isOurs else {
            throw Unusable(reason: "its schema \"ledger\" is another program's; use another database")
        }
        var version = 0
        try connection.enqueueOnce("SELECT coalesce(max(version), 0) FROM ledger.schema_versions") { row in
            version = Int(try row.requiredInteger(0))
        }
        try connection.flush()
        return version
    }

    /// What leads from each version to the next. What is here has been run somewhere: add, never change.
    private static let versions: [[String]] = [
        [
            "CREATE SCHEMA ledger",
            """
            CREATE TABLE ledger.schema_versions (
                version integer PRIMARY KEY,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """,
            """
            CREATE TABLE ledger.accounts (
                id text COLLATE "C" PRIMARY KEY,
                owner text NOT NULL CHECK (owner IN ('user', 'merchant', 'clearing', 'funding')),
                currency text NOT NULL CHECK (length(currency) = 3),
                status text NOT NULL CHECK (status IN ('open', 'closed')),
                overdraft_limit bigint NOT NULL CHECK (overdraft_limit >= 0),
                payment_limit bigint CHECK (payment_limit > 0)
            )
            """,
            // With room on each page for the next version of a row, so that its index stays as it is.
            """
            CREATE TABLE ledger.balances (
                account text COLLATE "C" PRIMARY KEY REFERENCES ledger.accounts (id),
                minor_units bigint NOT NULL
            ) WITH (fillfactor = 50)
            """,
            """
            CREATE TABLE ledger.transfers (
                sequence bigint PRIMARY KEY,
                id text COLLATE "C" NOT NULL UNIQUE,
                kind text NOT NULL CHECK (kind IN ('transfer', 'authorise', 'settle', 'return')),
                reference text COLLATE "C" NOT NULL,
                created_at bigint NOT NULL
            )
            """,
            // A payment ends once, settled or returned, whatever the code above does.
            """
            CREATE UNIQUE INDEX payment_endings ON ledger.transfers (reference) WHERE kind IN ('settle', 'return')
            """,
            """
            CREATE TABLE ledger.postings (
                account text COLLATE "C" NOT NULL REFERENCES ledger.accounts (id),
                transfer bigint NOT NULL REFERENCES ledger.transfers (sequence),
                minor_units bigint NOT NULL CHECK (minor_units <> 0),
                balance_after bigint NOT NULL,
                PRIMARY KEY (account, transfer)
            )
            """,
            "CREATE INDEX postings_by_transfer ON ledger.postings (transfer)",
            """
            CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END $$
            """,
            """
            CREATE TRIGGER transfers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.transfers
            FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
            """,
            """
            CREATE TRIGGER postings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.postings
            FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
            """,
            """
            CREATE TRIGGER accounts_terms_fixed BEFORE UPDATE OF id, owner, currency ON ledger.accounts
            FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()
            """,
        ],
        [
            // When authorised payments are to be given back. Without a row, never.
            """
            CREATE TABLE ledger.holds (
                payment text COLLATE "C" PRIMARY KEY,
                expires_at bigint NOT NULL,
                expired smallint NOT NULL DEFAULT 0 CHECK (expired IN (0, 1))
            )
            """,
            "CREATE INDEX holds_by_expiry ON ledger.holds (expires_at) WHERE expired = 0",
        ],
        [
            // What is there from `ended_at` on, once the audit has ended.
            """
            CREATE TABLE ledger.audits (
                began_at bigint PRIMARY KEY,
                ended_at bigint,
                accounts bigint,
                transfers bigint,
                postings bigint,
                violations bigint
            )
            """
        ],
    ]
}
