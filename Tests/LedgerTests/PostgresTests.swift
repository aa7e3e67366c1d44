import Foundation
import PostgresTestSupport
import Testing

@testable import Ledger

@Suite(
    "A ledger's PostgreSQL database",
    .enabled(if: PostgresServer.isInstalled, "PostgreSQL is not installed: scripts/setup --tests installs it"),
    .timeLimit(.minutes(5)))
struct PostgresTests {
    /// Transfers 1 from the user to the shop, many times from each of 32 tasks, while `disturb` runs.
    /// - Returns: The failures.
    private func load(
        _ ledger: any Ledger, each: Int, while disturb: @escaping @Sendable () async throws -> Void
    ) async throws -> [LedgerError] {
        try await withThrowingTaskGroup(of: LedgerError?.self) { group in
            for task in 0..<32 {
                group.addTask {
                    do throws(LedgerError) {
                        for number in 0..<each {
                            try await ledger.transfer(move("t-\(task)-\(number)", "user", "shop", 1))
                        }
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            group.addTask {
                try await disturb()
                return nil
            }
            return try await group.reduce(into: []) { failures, failure in
                if let failure { failures.append(failure) }
            }
        }
    }

    @Test("makes each transfer once when the answers to commits are lost")
    func lostCommits() async throws {
        let server = try await PostgresServer.shared()
        let fixture = try await TemporaryLedger.open(.postgres)
        try await fixture.openAccounts()
        let proxy = try CommitCuttingProxy(server: server.port)
        let ledger = try PostgresLedger(
            address: "postgresql://postgres@127.0.0.1:\(proxy.port)/\(try #require(fixture.database))")
        proxy.cut(commits: 3)
        let request = move("t", "user", "shop", 30_00)
        // Told so by the repetition that found it.
        #expect(try await ledger.transfer(request) == .alreadyApplied)
        #expect(proxy.remainingCuts == 0)
        #expect(try await fixture.balances("user", "shop") == [70_00, 30_00])
        proxy.cut(commits: 5)
        let failures = try await load(ledger, each: 20) {}
        #expect(failures == [])
        #expect(proxy.remainingCuts == 0)
        #expect(try await fixture.balances("user", "shop") == [63_60, 36_40])
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("is connected to again when the server has ended the connections")
    func endedConnections() async throws {
        let server = try await PostgresServer.shared()
        let fixture = try await TemporaryLedger.open(.postgres)
        try await fixture.openAccounts()
        let database = try #require(fixture.database)
        let failures = try await load(fixture.ledger, each: 100) {
            for _ in 0..<10 {
                try await server.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database)'",
                    in: "postgres")
            }
        }
        #expect(failures == [])
        #expect(try await fixture.balances("user", "shop") == [68_00, 32_00])
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("has every acknowledged transfer, and every call goes through, when the server is killed under load")
    func killedServer() async throws {
        let server = try await PostgresServer.start()
        let ledger = try PostgresLedger(address: server.address("postgres"))
        try await ledger.openAccount(AccountRequest(id: "user", owner: .user, currency: eur, overdraftLimit: 100_00))
        try await ledger.openAccount(AccountRequest(id: "shop", owner: .merchant, currency: eur))
        let failures = try await load(ledger, each: 100) {
            for round in 1...3 {
                while try await ledger.account("shop").balance < 200 * round { await Task.yield() }
                await server.kill()
                try await server.launch()
            }
        }
        #expect(failures == [])
        #expect(try await ledger.account("shop").balance == 32_00)
        let report = try await ledger.verify()
        #expect(report.violations == [] && report.transfers == 32_00)
        await server.stop()
    }

    @Test("that stays away fails calls with what to do, and takes them when it is back")
    func stoppedServer() async throws {
        let server = try await PostgresServer.start()
        let ledger = try PostgresLedger(address: server.address("postgres"))
        await server.kill()
        let error = await #expect(throws: LedgerError.self) { try await ledger.account("user") }
        #expect(error?.description.contains("see that the server runs") == true)
        try await server.launch()
        await #expect(throws: LedgerError.unknownAccount("user")) { try await ledger.account("user") }
        await server.stop()
    }

    @Test("undoes a transfer that the database refuses, and that one alone")
    func refused() async throws {
        let server = try await PostgresServer.shared()
        let fixture = try await TemporaryLedger.open(.postgres)
        try await fixture.openAccounts()
        try await fixture.ledger.openAccount(AccountRequest(id: "cursed", owner: .merchant, currency: eur))
        try await server.query(
            """
            CREATE FUNCTION curse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cursed'; END $$;
            CREATE TRIGGER curse BEFORE UPDATE ON ledger.balances FOR EACH ROW WHEN (NEW.account = 'cursed')
            EXECUTE FUNCTION curse()
            """, in: try #require(fixture.database))
        let applied = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                let destination = number.isMultiple(of: 2) ? "shop" : "cursed"
                group.addTask {
                    (try? await fixture.ledger.transfer(move("t\(number)", "user", destination, 1))) == .applied
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(applied == 50)
        #expect(try await fixture.balances("user", "shop", "cursed") == [99_50, 50, 0])
        let report = try await fixture.ledger.verify()
        #expect(report.violations == [] && report.transfers == 51)
    }

    @Test("is written so that a commit waits for the disk, whatever its settings")
    func synchronousCommit() async throws {
        let server = try await PostgresServer.shared()
        let database = try await server.makeDatabase()
        try await server.query("ALTER DATABASE \(database) SET synchronous_commit = off", in: "postgres")
        let connection = try PostgresLedger.connect(server.address(database))
        var setting = ""
        try connection.enqueueOnce("SHOW synchronous_commit") { setting = try $0.requiredText(0) }
        try connection.flush()
        #expect(setting == "on")
    }

    @Test("that can't be opened is reported with its address, without a password, and with what to do")
    func unopenable() async throws {
        let server = try await PostgresServer.shared()
        let empty = try await server.makeDatabase()
        let foreign = try await server.makeDatabase()
        try await server.query("CREATE SCHEMA ledger; CREATE TABLE ledger.orders ()", in: foreign)
        let newer = try await TemporaryLedger.open(.postgres)
        try await server.query(
            "INSERT INTO ledger.schema_versions (version) VALUES (999)", in: try #require(newer.database))
        let latin = "latin_\(empty)"
        try await server.query("CREATE DATABASE \(latin) ENCODING 'LATIN1' TEMPLATE template0", in: "postgres")
        for (address, advice) in [
            ("postgresql://me:secret@127.0.0.1:1/none", "see that the server runs"),
            (server.address("none"), "does not exist"), (server.address(empty), "there is no ledger"),
            (server.address(foreign), "another program's"), (newer.address, "newer version"),
            (server.address(latin), "UTF8"), ("postgresql://[", "correct the address"),
        ] {
            let error = #expect(throws: LedgerError.self) {
                try PostgresLedger(address: address, createIfMissing: false)
            }
            guard case .cannotOpen(let path, let reason) = error else {
                Issue.record("expected it not to open, got \(String(describing: error))")
                continue
            }
            #expect(reason.contains(advice), "\(reason)")
            #expect(!"\(path) \(reason)".contains("secret"))
        }
        #expect(try await server.query("SELECT to_regnamespace('ledger') IS NULL", in: empty) == "t")
    }

    @Test("that is new can be opened by many at the same moment")
    func openedTogether() async throws {
        let server = try await PostgresServer.shared()
        let address = server.address(try await server.makeDatabase())
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { _ = try PostgresLedger(address: address) } }
            try await group.waitForAll()
        }
    }

    @Test(
        "is append-only, whoever writes",
        arguments: [
            "UPDATE postings SET minor_units = minor_units * 2", "DELETE FROM postings", "TRUNCATE postings",
            "UPDATE transfers SET reference = 'x'", "DELETE FROM transfers WHERE kind = 'settle'",
            "INSERT INTO transfers VALUES (2, 'p/authorise', 'authorise', 'p', 0) "
                + "ON CONFLICT (id) DO UPDATE SET reference = 'x'",
            "UPDATE accounts SET currency = 'USD'", "UPDATE accounts SET owner = 'funding' WHERE id = 'user'",
            "INSERT INTO transfers VALUES (99, 'x', 'return', 'p', 0)", "DELETE FROM accounts WHERE id = 'user'",
        ]
    )
    func appendOnly(sql: String) async throws {
        let (fixture, database) = try await payment()
        let server = try await PostgresServer.shared()
        await #expect(throws: PostgresServerError.self) {
            try await server.query("SET search_path = ledger; \(sql)", in: database)
        }
        #expect(try await fixture.ledger.verify().violations == [])
        #expect(try await fixture.balances("user", "clearing", "shop", "funding") == [99_90, 0, 10, -100_00])
    }

    @Test(
        "tells when it was tampered with",
        arguments: [
            (
                "UPDATE balances SET minor_units = minor_units + 1 WHERE account = 'user'",
                [.balanceMatchesPostings, .currencySumsToZero], "user"
            ),
            (
                "DELETE FROM balances WHERE account = 'shop'", [.balanceMatchesPostings, .currencySumsToZero], "shop"
            ),
            (
                """
                DROP TRIGGER postings_append_only ON postings;
                UPDATE postings SET minor_units = -11 WHERE account = 'user' AND minor_units = -10
                """,
                [.balanceMatchesPostings, .runningBalanceMatchesPostings, .transferBalances], "p/authorise"
            ),
            (
                "DROP TRIGGER postings_append_only ON postings; DELETE FROM postings WHERE account = 'shop'",
                [.balanceMatchesPostings, .transferBalances, .transferHasPostings], "p/settle"
            ),
            (
                """
                DROP TRIGGER transfers_append_only ON transfers; SET session_replication_role = replica;
                DELETE FROM transfers WHERE kind = 'authorise'
                """,
                [.referencesExist, .paymentMovedOnce], "p/settle"
            ),
            (
                "DROP INDEX payment_endings; INSERT INTO transfers VALUES (99, 'p/return', 'return', 'p', 0)",
                [.paymentMovedOnce], "p/return"
            ),
        ] as [(String, Set<Violation.Rule>, String)]
    )
    func tampered(sql: String, rules: Set<Violation.Rule>, subject: String) async throws {
        let (fixture, database) = try await payment()
        try await PostgresServer.shared().query("SET search_path = ledger; \(sql)", in: database)
        let report = try await fixture.ledger.verify()
        #expect(Set(report.violations.map(\.rule)) == rules, "\(report.violations)")
        #expect(report.violations.contains { $0.subject == subject }, "\(report.violations)")
    }

    private func payment() async throws -> (TemporaryLedger, database: String) {
        let fixture = try await TemporaryLedger.open(.postgres)
        try await fixture.openAccounts()
        try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(10))
        try await fixture.ledger.settle(payment: "p", to: "shop")
        try await fixture.ledger.returnFunds(payment: "void")
        return (fixture, try #require(fixture.database))
    }
}
