import CPostgres

/// A row of a result, valid as long as the result is.
struct PostgresRow: LedgerRow {
    let result: OpaquePointer
    let row: Int32

    func text(_ column: Int) throws -> String? {
        guard PQgetisnull(result, row, Int32(column)) == 0, let bytes = PQgetvalue(result, row, Int32(column)) else {
            return nil
        }
        return String(cString: bytes)
    }

    func integer(_ column: Int) throws -> Int64? {
        guard let text = try text(column) else { return nil }
        guard let integer = Int64(text) else { throw PostgresFailure(.refused, "\"\(text)\" is no 64-bit number") }
        return integer
    }
}
