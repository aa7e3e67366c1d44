/// A connection inside a transaction, as ``LedgerTables`` uses it: with the same SQL for every database.
protocol LedgerDatabase {
    /// A condition that is true when `column` equals one of a list that is the argument at `index`, from 1.
    func condition(_ column: String, isAnyOfArgument index: Int) -> String

    /// Runs a query that is used often.
    /// - Parameters:
    ///   - sql: The query, with arguments `$1`, `$2` and so on in order of their first use.
    ///   - body: Is given each row, and must not keep it.
    func rows(_ sql: String, _ arguments: [LedgerArgument], _ body: (any LedgerRow) throws -> Void) throws

    /// Runs a query that may find more rows than fit in memory.
    func scan(_ sql: String, _ body: (any LedgerRow) throws -> Void) throws

    /// Runs a statement that finds nothing.
    func execute(_ sql: String, _ arguments: [LedgerArgument]) throws

    /// Writes what a batch has changed.
    func record(_ changes: BookChanges) throws
}

/// A value that a query is given.
enum LedgerArgument {
    case text(String)
    case integer(Int64?)

    /// For ``LedgerDatabase/condition(_:isAnyOfArgument:)``.
    case texts([String])

    case integers([Int64])
}

/// A row of a query's result.
protocol LedgerRow {
    /// The text in a column, from 0; `nil` for NULL.
    func text(_ column: Int) throws -> String?

    /// The number in a column, from 0; `nil` for NULL.
    func integer(_ column: Int) throws -> Int64?
}

extension LedgerRow {
    /// The text in a column that is never NULL.
    func requiredText(_ column: Int) throws -> String {
        guard let text = try text(column) else { throw Self.missing(column) }
        return text
    }

    /// The number in a column that is never NULL.
    func requiredInteger(_ column: Int) throws -> Int64 {
        guard let integer = try integer(column) else { throw Self.missing(column) }
        return integer
    }

    private static func missing(_ column: Int) -> LedgerError {
        .storage("column \(column) of a row has no value; verify the ledger")
    }
}
