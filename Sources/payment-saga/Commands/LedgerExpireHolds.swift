import ArgumentParser
import Ledger

extension LedgerCommand {
    struct ExpireHolds: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "expire-holds",
            abstract: "Gives back what was authorised for a limited time that is over; to be run now and then.")

        @OptionGroup var ledger: LedgerOptions

        func run() async throws {
            let ledger = try Settings(options: ledger.given).openLedger(createIfMissing: false)
            let pageLimit = 1000
            var count = 0
            while true {
                let expired = try await ledger.expireHolds(limit: pageLimit)
                for payment in expired { Terminal.line(payment) }
                count += expired.count
                if expired.count < pageLimit { break }
            }
            Terminal.line("\(count) expired")
        }
    }
}
