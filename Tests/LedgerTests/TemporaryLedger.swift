import Foundation
import Ledger
import PostgresTestSupport
import Testing

/// The databases that every promise of the ledger is tested on.
enum Backend: String, CaseIterable, Sendable {
    case sqlite, postgres

    static let available = allCases.filter { $0 != .postgres || PostgresServer.isInstalled }

    /// Opens the ledger at an address: a path, or a server's URL.
    func open(
        _ address: String, createIfMissing: Bool = true, now: @escaping @Sendable () -> Date = { Date() }
    ) throws(LedgerError) -> any Ledger {
        switch self {
        case .sqlite: try SQLiteLedger(path: address, createIfMissing: createIfMissing, now: now)
        case .postgres: try PostgresLedger(address: address, createIfMissing: createIfMissing, now: now)
        }
    }
}

/// A ledger in a file or database of its own.
final class TemporaryLedger: Sendable {
    let backend: Backend
    let address: String
    let ledger: any Ledger

    /// The name of its database on the shared server.
    let database: String?

    /// Is deleted with this.
    let folder: URL

    static func open(
        _ backend: Backend, now: @escaping @Sendable () -> Date = { Date() }
    ) async throws -> TemporaryLedger {
        switch backend {
        case .sqlite: try TemporaryLedger(backend, database: nil, address: nil, now: now)
        case .postgres:
            try await TemporaryLedger.open(backend, on: PostgresServer.shared(), now: now)
        }
    }

    private static func open(
        _ backend: Backend, on server: PostgresServer, now: @escaping @Sendable () -> Date
    ) async throws -> TemporaryLedger {
        let database = try await server.makeDatabase()
        return try TemporaryLedger(backend, database: database, address: server.address(database), now: now)
    }

    private init(
        _ backend: Backend, database: String?, address: String?, now: @escaping @Sendable () -> Date
    ) throws {
        folder = try temporaryFolder()
        self.backend = backend
        self.database = database
        self.address = address ?? folder.appendingPathComponent("ledger.db").path
        ledger = try backend.open(self.address, now: now)
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
