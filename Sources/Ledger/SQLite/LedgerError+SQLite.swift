import GRDB

extension LedgerError {
    /// The failure of a read or write of an open database.
    init(storage error: any Error) {
        if let error = error as? LedgerError {
            self = error
        } else {
            self = .storage("\(Self.text(of: error)); \(Self.advice(on: error))")
        }
    }

    /// The failure to open a database.
    init(opening path: String, _ error: any Error) {
        if let error = error as? LedgerError {
            self = error
        } else {
            self = .cannotOpen(path: path, reason: "\(Self.text(of: error)); \(Self.openingAdvice(on: error))")
        }
    }

    private static func text(of error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        return "\(error.message ?? "no message") (SQLite error \(error.extendedResultCode.rawValue))"
    }

    private static func advice(on error: any Error) -> String {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_FULL: "free disk space and repeat the call with the same id"
        case .SQLITE_BUSY: "another process kept the ledger locked; repeat the call with the same id"
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: "stop writing, and restore the file from a backup"
        case .SQLITE_CONSTRAINT: "verify the ledger"
        default: "repeat the call with the same id; if it goes on failing, check the disk and the file's permissions"
        }
    }

    private static func openingAdvice(on error: any Error) -> String {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_CANTOPEN: "create the folder, and let this user read and write in it"
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: "let this user write the file and its folder"
        case .SQLITE_NOTADB: "the file is no SQLite database: correct the path, or move the file away"
        case .SQLITE_CORRUPT: "restore the file from a backup"
        case .SQLITE_BUSY: "another process keeps it locked: stop that process or try again"
        case .SQLITE_FULL: "free disk space"
        default: "the ledger needs a file on a local disk that this user may read and write"
        }
    }
}
