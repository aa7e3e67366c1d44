import ArgumentParser
import Ledger

/// Where the ledger is.
struct LedgerOptions: ParsableArguments {
    @Option(
        help: Setting.ledger.help(
            "the ledger: the path of an SQLite file, or a PostgreSQL database as postgresql://USER@HOST/DATABASE",
            valueName: "address"))
    var ledger: String?

    var given: [Setting: String?] { [.ledger: ledger] }
}

extension Settings {
    /// The ledger, open.
    func openLedger(createIfMissing: Bool = true) throws -> any Ledger {
        let address = try requiredText(.ledger)
        guard Self.isPostgres(address) else {
            return try SQLiteLedger(path: address, createIfMissing: createIfMissing)
        }
        return try PostgresLedger(address: address, createIfMissing: createIfMissing)
    }

    static func isPostgres(_ address: String) -> Bool {
        address.hasPrefix("postgresql://") || address.hasPrefix("postgres://")
    }
}
