import Foundation
import Ledger

/// A ledger in a folder of its own, which is deleted with it.
final class TemporaryLedger: Sendable {
    let folder: URL
    let ledger: SQLiteLedger

    var path: String { folder.appendingPathComponent("ledger.db").path }

    init(now: @escaping @Sendable () -> Date = { Date() }) throws {
        folder = try temporaryFolder()
        ledger = try SQLiteLedger(path: folder.appendingPathComponent("ledger.db").path, now: now)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// The accounts of a payment in EUR, with 100.00 for the user.
    func openAccounts(userBalance: Int64 = 100_00) async throws {
        try await ledger.openAccount(AccountRequest(id: "funding", owner: .funding, currency: eur))
        try await ledger.openAccount(AccountRequest(id: "clearing", owner: .clearing, currency: eur))
        try await ledger.openAccount(AccountRequest(id: "user", owner: .user, currency: eur))
        try await ledger.openAccount(AccountRequest(id: "shop", owner: .merchant, currency: eur))
        if userBalance > 0 {
            try await fund("user", userBalance)
        }
    }

    func fund(_ account: String, _ minorUnits: Int64) async throws {
        try await ledger.transfer(move("seed-\(account)", "funding", account, minorUnits))
    }

    /// The balances of these accounts, in minor units.
    func balances(_ accounts: String...) async throws -> [Int64] {
        var balances: [Int64] = []
        for account in accounts { balances.append(try await ledger.account(account).balance) }
        return balances
    }
}

func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ledger-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
}

let eur = currency("EUR")
let jpy = currency("JPY")

private func currency(_ code: String) -> Currency {
    guard let currency = try? Currency(code) else { preconditionFailure("\(code) is not listed") }
    return currency
}

func euros(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: eur) }

/// A transfer in EUR with its id as its reference.
func move(_ id: String, _ source: String, _ destination: String, _ minorUnits: Int64) -> TransferRequest {
    TransferRequest(
        id: id, reference: id,
        postings: [
            Posting(account: source, amount: euros(-minorUnits)),
            Posting(account: destination, amount: euros(minorUnits)),
        ]
    )
}
