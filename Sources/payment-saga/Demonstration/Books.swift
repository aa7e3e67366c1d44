import Ledger

/// The ledger's state after a demonstration, beside the one before.
struct Books: Sendable {
    let report: VerificationReport
    let before: [String: Account]
    let after: [String: Account]

    var summary: String {
        "ledger: \(report.accounts) accounts, \(report.transfers) transfers, \(report.postings) postings, "
            + "\(report.isConsistent ? "balanced" : "NOT balanced"), \(report.violations.count) violations"
    }

    /// What is wrong, given what the merchants are to have received.
    /// - Parameter income: In minor units, by merchant.
    func differences(expectedIncome income: [String: Int64]) -> [String] {
        var differences = report.violations.map { "ledger: \($0)" }
        for account in after.values.sorted(by: { $0.id < $1.id }) {
            switch account.owner {
            case .clearing where account.balance != 0:
                differences.append("ledger: \(account.id) still holds \(money(account.balance, account))")
            case .merchant:
                let received = account.balance - (before[account.id]?.balance ?? 0)
                let expected = income[account.id] ?? 0
                guard received != expected else { continue }
                differences.append(
                    "ledger: \(account.id) received \(money(received, account)), expected \(money(expected, account))")
            default: break
            }
        }
        return differences
    }

    private func money(_ units: Int64, _ account: Account) -> Money {
        Money(minorUnits: units, currency: account.currency)
    }
}
