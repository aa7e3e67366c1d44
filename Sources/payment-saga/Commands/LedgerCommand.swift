import ArgumentParser
import Ledger

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Looks into the ledger.",
        subcommands: [Accounts.self, Statement.self, ExpireHolds.self, Verify.self, Seed.self])

    struct Accounts: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all accounts with their balances.")

        @OptionGroup var ledger: LedgerOptions

        func run() async throws {
            let ledger = try ledger.open()
            var table = TextTable(columns: ["account", "owner", "status", "balance"], rightAligned: [3])
            for account in try await ledger.allAccounts() {
                let balance = Money(minorUnits: account.balance, currency: account.currency)
                table.add([account.id, account.owner.rawValue, account.status.rawValue, "\(balance)"])
            }
            Terminal.line(table.text)
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recomputes the whole ledger from its postings; the exit status is 1 when something is wrong.")

        @OptionGroup var ledger: LedgerOptions

        func run() async throws {
            let report = try await ledger.open().verify()
            Terminal.line(
                "\(report.accounts) accounts, \(report.transfers) transfers, \(report.postings) postings, "
                    + "\(report.violations.count) violations")
            for violation in report.violations { Terminal.line("  \(violation)") }
            guard report.isConsistent else { throw ExitCode.failure }
        }
    }

    struct Seed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Opens and fills the accounts that the examples pay from and to, for development.",
            discussion: "Repeating it changes nothing. The ledger is made when there is none.")

        @OptionGroup var ledger: LedgerOptions

        func run() async throws {
            try await DevAccounts.open(in: try ledger.open(createIfMissing: true))
            Terminal.line("the examples' accounts are open")
        }
    }
}

extension LedgerOptions {
    fileprivate func open(createIfMissing: Bool = false) throws -> any Ledger {
        try Settings(options: given).openLedger(createIfMissing: createIfMissing)
    }
}
