import Foundation
import Ledger

@testable import PaymentServices

/// A ledger in a file of its own: `user-1` has 100.00 EUR and may pay 80.00 at once, `shop-1` is a merchant.
struct LedgerFixture {
    let path: String
    let ledger: SQLiteLedger
    var steps: PaymentLedger { PaymentLedger(ledger: ledger) }

    static func lending(_ body: (LedgerFixture) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "payment-services-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "ledger.sqlite").path
        let fixture = LedgerFixture(path: path, ledger: try SQLiteLedger(path: path))
        try await fixture.seed()
        try await body(fixture)
    }

    func balance(_ account: String) async throws -> Int64 { try await ledger.account(account).balance }

    func open(_ id: String, _ owner: AccountOwner, _ currency: String = "EUR", limit: Int64? = nil) async throws {
        try await ledger.openAccount(
            AccountRequest(id: id, owner: owner, currency: Currency(currency), paymentLimit: limit))
    }

    private func seed() async throws {
        try await open("funding", .funding)
        try await open("user-1", .user, limit: 80_00)
        try await open("shop-1", .merchant)
        let amount = Money(minorUnits: 100_00, currency: try Currency("EUR"))
        try await ledger.transfer(
            TransferRequest(id: "seed", reference: "seed", from: "funding", to: "user-1", amount: amount))
    }
}
