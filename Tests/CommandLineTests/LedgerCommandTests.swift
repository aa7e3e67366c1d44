import Foundation
import Ledger
import PostgresTestSupport
import Testing

@Suite("payment-saga ledger", .timeLimit(.minutes(5)))
struct LedgerCommandTests {
    @Test("lists and verifies the accounts of a ledger in a file")
    func file() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "ledger.sqlite").path
        try await Self.expectBooks(of: SQLiteLedger(path: path), at: path)
    }

    @Test(
        "lists and verifies the accounts of a ledger in PostgreSQL",
        .enabled(if: PostgresServer.isInstalled, "PostgreSQL is not installed: scripts/setup --tests installs it"))
    func postgres() async throws {
        let server = try await PostgresServer.shared()
        let address = server.address(try await server.makeDatabase())
        try await Self.expectBooks(of: PostgresLedger(address: address), at: address)
        try await server.query(
            "UPDATE ledger.balances SET minor_units = 1 WHERE account = 'user'",
            in: String(try #require(address.split(separator: "/").last)))
        let verify = try Program(["ledger", "verify", "--ledger", address])
        #expect(try await verify.status() == 1)
        #expect(verify.output.contains("balanceMatchesPostings user"))
    }

    private static func expectBooks(of ledger: any Ledger, at address: String) async throws {
        let currency = try Currency("EUR")
        try await ledger.openAccount(AccountRequest(id: "funding", owner: .funding, currency: currency))
        try await ledger.openAccount(AccountRequest(id: "user", owner: .user, currency: currency))
        try await ledger.transfer(
            TransferRequest(
                id: "t", reference: "", from: "funding", to: "user", amount: Money(minorUnits: 5, currency: currency)))
        let accounts = try Program(["ledger", "accounts"], environment: ["PAYMENT_SAGA_LEDGER": address])
        #expect(try await accounts.status() == 0)
        #expect(accounts.output.contains("0.05 EUR"))
        let statement = try Program(["ledger", "statement", "user", "--ledger", address])
        #expect(try await statement.status() == 0)
        #expect(statement.output.split(separator: "\n").last?.hasSuffix("0.05 EUR  0.05 EUR") == true)
        let json = try Program(["ledger", "statement", "user", "--format", "json", "--ledger", address])
        #expect(try await json.status() == 0)
        #expect(json.output.contains(#""balance_minor_units":5,"currency":"EUR","kind":"transfer","minor_units":5"#))
        let unknown = try Program(["ledger", "statement", "nobody", "--ledger", address])
        #expect(try await unknown.status() == 1)
        #expect(unknown.errors.contains("there is no account \"nobody\""))
        let verify = try Program(["ledger", "verify", "--ledger", address])
        #expect(try await verify.status() == 0)
        #expect(verify.output.contains("2 accounts, 1 transfers, 2 postings, 0 violations"))
    }
}
