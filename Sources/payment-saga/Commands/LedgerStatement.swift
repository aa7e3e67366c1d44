import ArgumentParser
import Foundation
import Ledger

extension LedgerCommand {
    struct Statement: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the postings of an account with the balance after each, oldest first.")

        enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

        @Argument(help: "The account's id.")
        var account: String

        @Option(help: "text, or json with one object a line.")
        var format = Format.text

        @Option(help: ArgumentHelp("Only lines behind this one.", valueName: "sequence"))
        var after: Int64 = 0

        @Option(help: ArgumentHelp("At most so many lines; all unless given.", valueName: "count"))
        var limit: Int?

        @OptionGroup var ledger: LedgerOptions

        func validate() throws {
            if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
            if after < 0 { throw ValidationError("--after must not be negative") }
        }

        func run() async throws {
            let ledger = try Settings(options: ledger.given).openLedger(createIfMissing: false)
            var table = TextTable(
                columns: ["line", "time", "kind", "for", "amount", "balance"], rightAligned: [0, 4, 5])
            var last = after
            var left = limit ?? .max
            while left > 0 {
                let pageLimit = min(left, 1000)
                let page = try await ledger.statement(account: account, after: last, limit: pageLimit)
                for line in page {
                    switch format {
                    case .text: table.add(Self.row(line))
                    case .json: Terminal.line(try Self.json(line))
                    }
                }
                left -= page.count
                last = page.last?.sequence ?? last
                if page.count < pageLimit { break }
            }
            if format == .text { Terminal.line(table.text) }
        }

        private static func row(_ line: StatementLine) -> [String] {
            [
                "\(line.sequence)", line.createdAt.formatted(.iso8601), line.kind.rawValue, line.reference,
                "\(line.amount)", "\(line.balance)",
            ]
        }

        private static func json(_ line: StatementLine) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(JSONLine(line)), as: UTF8.self)
        }
    }

    /// A line of a statement in JSON. Amounts are minor units.
    private struct JSONLine: Encodable {
        let sequence: Int64
        let time: String
        let transfer: String
        let kind: String
        let reference: String
        let currency: String
        let minorUnits: Int64
        let balanceMinorUnits: Int64

        init(_ line: StatementLine) {
            sequence = line.sequence
            time = line.createdAt.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
            transfer = line.transfer
            kind = line.kind.rawValue
            reference = line.reference
            currency = line.amount.currency.code
            minorUnits = line.amount.minorUnits
            balanceMinorUnits = line.balance.minorUnits
        }

        enum CodingKeys: String, CodingKey {
            case sequence, time, transfer, kind, reference, currency
            case minorUnits = "minor_units"
            case balanceMinorUnits = "balance_minor_units"
        }
    }
}
