/// Why a connection to PostgreSQL could not do what it was asked.
struct PostgresFailure: Error {
    enum Cause {
        /// No connection came about.
        case unreachable

        /// The connection broke, or the server asked to repeat the transaction. What was under way is undone, unless it
        /// was a commit, which may be done.
        case lost

        /// The server refused a statement for what it said, and will again.
        case refused

        /// The server could not carry out a statement, such as for want of disk space.
        case failed
    }

    let cause: Cause

    /// The five characters of the SQL standard, where the server gave some.
    let sqlState: String?

    /// What libpq or the server says, on one line.
    let message: String

    /// Whether the connection is of no more use.
    var endsConnection: Bool { cause == .unreachable || cause == .lost }

    init(_ cause: Cause, _ message: String) {
        self.cause = cause
        self.sqlState = nil
        self.message = Self.line(message)
    }

    /// What a server's error means for the transaction it ended.
    init(sqlState: String, _ message: String) {
        self.sqlState = sqlState
        self.message = Self.line(message)
        cause =
            switch sqlState.prefix(2) {
            // Connection exception; serialization failure or deadlock; shutdown, crash or start of the server.
            case "08", "40": .lost
            case "57" where sqlState != "57014": .lost
            // A server that became a standby: the next connection finds the new primary, where there are several hosts.
            case "25" where sqlState == "25006": .lost
            // Resources, cancelled statement, system and internal errors.
            case "53", "57", "58", "XX": .failed
            default: .refused
            }
    }

    private static func line(_ message: String) -> String {
        message.split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}

extension PostgresFailure: CustomStringConvertible {
    var description: String {
        guard let sqlState else { return message }
        return "\(message) (SQLSTATE \(sqlState))"
    }

    /// What to do about it.
    var advice: String {
        switch cause {
        case .unreachable, .lost: "see that the server runs and can be reached, and repeat the call with the same id"
        case .refused: "verify the ledger, and see what others have changed in its database"
        case .failed where sqlState?.hasPrefix("53") == true:
            "free disk space, memory or connections of the server, and repeat the call with the same id"
        case .failed: "see the server's log, and repeat the call with the same id"
        }
    }
}
