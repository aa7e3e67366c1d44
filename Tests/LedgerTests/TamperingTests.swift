import GRDB
import Ledger
import Testing

@Suite("The books")
struct TamperingTests {
    private func payment() async throws -> (TemporaryLedger, DatabaseQueue) {
        let fixture = try await TemporaryLedger.open(.sqlite)
        try await fixture.openAccounts()
        try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(10))
        try await fixture.ledger.settle(payment: "p", to: "shop")
        try await fixture.ledger.returnFunds(payment: "void")
        #expect(try await fixture.ledger.verify().violations == [])
        return (fixture, try DatabaseQueue(path: fixture.address))
    }

    @Test(
        "are append-only, whoever writes",
        arguments: [
            "UPDATE postings SET minor_units = minor_units * 2", "DELETE FROM postings",
            "INSERT OR REPLACE INTO postings SELECT account, transfer, 1, 1 FROM postings",
            "UPDATE transfers SET reference = 'x'", "DELETE FROM transfers WHERE kind = 'settle'",
            "INSERT OR REPLACE INTO transfers SELECT sequence, id, kind, 'x', created_at FROM transfers",
            "INSERT OR REPLACE INTO transfers SELECT NULL, id, kind, reference, 0 FROM transfers",
            "UPDATE accounts SET currency = 'USD'", "UPDATE accounts SET owner = 'funding' WHERE id = 'user'",
            "INSERT INTO transfers (id, kind, reference, created_at) VALUES ('x', 'return', 'p', 0)",
        ]
    )
    func appendOnly(sql: String) async throws {
        let (fixture, database) = try await payment()
        await #expect(throws: DatabaseError.self) { try await database.write { try $0.execute(sql: sql) } }
        #expect(try await fixture.ledger.verify().violations == [])
        #expect(try await fixture.balances("user", "clearing", "shop", "funding") == [99_90, 0, 10, -100_00])
    }

    @Test("take no floating-point number")
    func integersOnly() async throws {
        let (_, database) = try await payment()
        await #expect(throws: DatabaseError.self) {
            try await database.write { try $0.execute(sql: "UPDATE balances SET minor_units = 0.5") }
        }
    }

    struct Tampering: Sendable, CustomTestStringConvertible {
        let sql: String
        let rules: Set<Violation.Rule>
        let subject: String
        var testDescription: String { sql }
    }

    @Test(
        "tell when they were tampered with",
        arguments: [
            Tampering(
                sql: "UPDATE balances SET minor_units = minor_units + 1 WHERE account = 'user'",
                rules: [.balanceMatchesPostings, .currencySumsToZero], subject: "user"
            ),
            Tampering(
                sql: "DELETE FROM balances WHERE account = 'shop'",
                rules: [.balanceMatchesPostings, .currencySumsToZero], subject: "shop"
            ),
            Tampering(
                sql: """
                    DROP TRIGGER postings_no_update;
                    UPDATE postings SET minor_units = -11 WHERE account = 'user' AND minor_units = -10
                    """,
                rules: [.balanceMatchesPostings, .runningBalanceMatchesPostings, .transferBalances],
                subject: "p/authorise"
            ),
            Tampering(
                sql: """
                    DROP TRIGGER postings_no_delete;
                    DELETE FROM postings WHERE account = 'shop'
                    """,
                rules: [.balanceMatchesPostings, .transferBalances, .transferHasPostings], subject: "p/settle"
            ),
            Tampering(
                sql: """
                    DROP TRIGGER postings_no_update; DROP TRIGGER transfers_no_delete; PRAGMA foreign_keys = OFF;
                    DELETE FROM transfers WHERE kind = 'authorise'
                    """,
                rules: [.referencesExist, .paymentMovedOnce], subject: "p/settle"
            ),
            Tampering(
                sql: """
                    DROP INDEX payment_endings;
                    INSERT INTO transfers (id, kind, reference, created_at) VALUES ('p/return', 'return', 'p', 0)
                    """,
                rules: [.paymentMovedOnce], subject: "p/return"
            ),
            Tampering(
                sql: "UPDATE balances SET minor_units = -1 WHERE account = 'user'",
                rules: [.balanceMatchesPostings, .currencySumsToZero, .accountWithinLimit], subject: "user"
            ),
        ]
    )
    func tampered(tampering: Tampering) async throws {
        let (fixture, database) = try await payment()
        try await database.writeWithoutTransaction { try $0.execute(sql: tampering.sql) }
        let report = try await fixture.ledger.verify()
        #expect(!report.isConsistent)
        #expect(Set(report.violations.map(\.rule)) == tampering.rules, "\(report.violations)")
        #expect(report.violations.contains { $0.subject == tampering.subject }, "\(report.violations)")
    }

    @Test("are counted in the report")
    func counts() async throws {
        let (fixture, _) = try await payment()
        let report = try await fixture.ledger.verify()
        #expect((report.accounts, report.transfers, report.postings) == (4, 4, 6))
        #expect(report.isConsistent)
    }
}
