import ArgumentParser

/// Where the ledger is.
struct LedgerOptions: ParsableArguments {
    @Option(help: Setting.ledgerPath.help("the ledger's SQLite file", valueName: "path"))
    var ledgerPath: String?

    var given: [Setting: String?] { [.ledgerPath: ledgerPath] }
}
