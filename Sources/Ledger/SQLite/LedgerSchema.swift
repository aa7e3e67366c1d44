import GRDB

/// The tables of a ledger in SQLite, and how they came to be.
///
/// Tables are strict, so no column takes a floating-point number.
enum LedgerSchema {
    /// Marks a database file as a ledger: "Ledg" in ASCII.
    static let applicationID = 0x4C65_6467

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1", foreignKeyChecks: .immediate) { db in
            try db.execute(sql: tables)
            try db.execute(sql: appendOnly)
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        }
        migrator.registerMigration("v2", foreignKeyChecks: .immediate) { db in try db.execute(sql: holds) }
        migrator.registerMigration("v3", foreignKeyChecks: .immediate) { db in try db.execute(sql: audits) }
        return migrator
    }

    private static let tables = """
        CREATE TABLE accounts (
            id TEXT NOT NULL PRIMARY KEY,
            owner TEXT NOT NULL CHECK (owner IN ('user', 'merchant', 'clearing', 'funding')),
            currency TEXT NOT NULL CHECK (length(currency) = 3),
            status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
            overdraft_limit INTEGER NOT NULL CHECK (overdraft_limit >= 0),
            payment_limit INTEGER CHECK (payment_limit > 0)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE balances (
            account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
            minor_units INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE transfers (
            sequence INTEGER NOT NULL PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL CHECK (kind IN ('transfer', 'authorise', 'settle', 'return')),
            reference TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;

        -- A payment ends once, settled or returned, whatever the code above does.
        CREATE UNIQUE INDEX payment_endings ON transfers (reference) WHERE kind IN ('settle', 'return');

        CREATE TABLE postings (
            account TEXT NOT NULL REFERENCES accounts (id),
            transfer INTEGER NOT NULL REFERENCES transfers (sequence),
            minor_units INTEGER NOT NULL CHECK (minor_units <> 0),
            balance_after INTEGER NOT NULL,
            PRIMARY KEY (account, transfer)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX postings_by_transfer ON postings (transfer);
        """

    /// When authorised payments are to be given back. Without a row, never.
    private static let holds = """
        CREATE TABLE holds (
            payment TEXT NOT NULL PRIMARY KEY,
            expires_at INTEGER NOT NULL,
            expired INTEGER NOT NULL DEFAULT 0 CHECK (expired IN (0, 1))
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX holds_by_expiry ON holds (expires_at) WHERE expired = 0;
        """

    /// What is there from `ended_at` on, once the audit has ended.
    private static let audits = """
        CREATE TABLE audits (
            began_at INTEGER NOT NULL PRIMARY KEY,
            ended_at INTEGER,
            accounts INTEGER,
            transfers INTEGER,
            postings INTEGER,
            violations INTEGER
        ) STRICT;
        """

    /// The insert triggers are for INSERT OR REPLACE, which deletes without firing a delete trigger.
    private static let appendOnly = """
        CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers
        BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;

        CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers
        BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;

        CREATE TRIGGER transfers_no_replace BEFORE INSERT ON transfers
        WHEN EXISTS (SELECT 1 FROM transfers WHERE id = NEW.id OR sequence = NEW.sequence)
        BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;

        CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings
        BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;

        CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings
        BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;

        CREATE TRIGGER postings_no_replace BEFORE INSERT ON postings
        WHEN EXISTS (SELECT 1 FROM postings WHERE account = NEW.account AND transfer = NEW.transfer)
        BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;

        CREATE TRIGGER accounts_terms_fixed BEFORE UPDATE OF id, owner, currency ON accounts
        BEGIN SELECT RAISE(ABORT, 'the id, owner and currency of an account are fixed'); END;
        """
}
