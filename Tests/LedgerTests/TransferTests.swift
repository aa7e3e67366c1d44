import Foundation
import Ledger
import Testing

@Suite("Transfers")
struct TransferTests {
    @Test("move money from one account to another")
    func move() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts()
        let result = try await fixture.ledger.transfer(LedgerTests.move("t", "user", "shop", 30_00))
        #expect(result == .applied)
        #expect(try await fixture.balances("user", "shop", "funding") == [70_00, 30_00, -100_00])
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("with the same id and content are applied once")
    func repeated() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts()
        var request = LedgerTests.move("t", "user", "shop", 30_00)
        #expect(try await fixture.ledger.transfer(request) == .applied)
        request.postings.reverse()
        #expect(try await fixture.ledger.transfer(request) == .alreadyApplied)
        #expect(try await fixture.balances("user", "shop") == [70_00, 30_00])
    }

    @Test("already applied are found so even when they would be refused now")
    func repeatedAfterSpending() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts()
        let request = LedgerTests.move("t", "user", "shop", 100_00)
        try await fixture.ledger.transfer(request)
        try await fixture.ledger.closeAccount("user")
        #expect(try await fixture.ledger.transfer(request) == .alreadyApplied)
    }

    @Test("with the same id and other content are a conflict, and the first stays as it was")
    func conflict() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts()
        let first = LedgerTests.move("t", "user", "shop", 30_00)
        try await fixture.ledger.transfer(first)
        var reworded = first
        reworded.reference = "other"
        for other in [
            LedgerTests.move("t", "user", "shop", 30_01), LedgerTests.move("t", "shop", "user", 30_00),
            LedgerTests.move("t", "user", "clearing", 30_00), reworded,
        ] {
            let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.transfer(other) }
            guard case .conflict("t", _) = error else {
                Issue.record("expected a conflict, got \(String(describing: error))")
                continue
            }
        }
        #expect(try await fixture.balances("user", "shop") == [70_00, 30_00])
    }

    @Test("bring an account to its overdraft limit, and not one minor unit below", arguments: [0, 50_00] as [Int64])
    func limits(overdraft: Int64) async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts(userBalance: 0)
        try await fixture.ledger.openAccount(
            AccountRequest(id: "debtor", owner: .user, currency: eur, overdraftLimit: overdraft)
        )
        try await fixture.fund("debtor", 100_00)
        let all = 100_00 + overdraft
        await #expect(
            throws: LedgerError.insufficientFunds(
                account: "debtor", available: euros(all), requested: euros(all + 1)
            )
        ) {
            try await fixture.ledger.transfer(LedgerTests.move("t1", "debtor", "shop", all + 1))
        }
        #expect(try await fixture.ledger.transfer(LedgerTests.move("t2", "debtor", "shop", all)) == .applied)
        #expect(try await fixture.balances("debtor", "shop") == [-overdraft, all])
        await #expect(
            throws: LedgerError.insufficientFunds(account: "debtor", available: euros(0), requested: euros(1))
        ) {
            try await fixture.ledger.transfer(LedgerTests.move("t3", "debtor", "shop", 1))
        }
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("that were refused can be repeated when there is money")
    func refusedThenApplied() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts(userBalance: 0)
        let request = LedgerTests.move("t", "user", "shop", 10)
        await #expect(throws: LedgerError.self) { try await fixture.ledger.transfer(request) }
        #expect(try await fixture.ledger.transfer(id: "t") == nil)
        try await fixture.fund("user", 10)
        #expect(try await fixture.ledger.transfer(request) == .applied)
    }

    @Test("take no more out of an account than its limit for one payment")
    func paymentLimit() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts()
        try await fixture.ledger.openAccount(
            AccountRequest(id: "careful", owner: .user, currency: eur, paymentLimit: 20_00)
        )
        try await fixture.fund("careful", 100_00)
        await #expect(
            throws: LedgerError.limitExceeded(account: "careful", limit: euros(20_00), requested: euros(20_01))
        ) {
            try await fixture.ledger.authorise(payment: "p", from: "careful", to: "clearing", amount: euros(20_01))
        }
        try await fixture.ledger.authorise(payment: "p", from: "careful", to: "clearing", amount: euros(20_00))
        #expect(try await fixture.balances("careful", "clearing") == [80_00, 20_00])
    }

    @Test("are refused in a currency the account is not kept in")
    func currencyMismatch() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts()
        await #expect(throws: LedgerError.currencyMismatch(account: "user", expected: eur, found: jpy)) {
            try await fixture.ledger.authorise(
                payment: "p", from: "user", to: "clearing", amount: Money(minorUnits: 5, currency: jpy)
            )
        }
        #expect(try await fixture.balances("user", "clearing") == [100_00, 0])
    }

    @Test("may exchange currencies when they sum to zero in each")
    func exchange() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts()
        try await fixture.ledger.openAccount(AccountRequest(id: "funding-jpy", owner: .funding, currency: jpy))
        try await fixture.ledger.openAccount(AccountRequest(id: "user-jpy", owner: .user, currency: jpy))
        let request = TransferRequest(
            id: "t", reference: "exchange",
            postings: [
                Posting(account: "user", amount: euros(-10_00)), Posting(account: "funding", amount: euros(10_00)),
                Posting(account: "funding-jpy", amount: Money(minorUnits: -1600, currency: jpy)),
                Posting(account: "user-jpy", amount: Money(minorUnits: 1600, currency: jpy)),
            ]
        )
        #expect(try await fixture.ledger.transfer(request) == .applied)
        #expect(try await fixture.balances("user", "user-jpy") == [90_00, 1600])
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("that would overflow a balance change nothing")
    func overflow() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts(userBalance: 0)
        try await fixture.fund("user", .max)
        try await fixture.ledger.openAccount(AccountRequest(id: "funding-2", owner: .funding, currency: eur))
        await #expect(throws: LedgerError.overflow(account: "user")) {
            try await fixture.ledger.transfer(LedgerTests.move("t", "funding-2", "user", 1))
        }
        #expect(try await fixture.balances("user", "funding", "funding-2") == [.max, -.max, 0])
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test(
        "are refused when they are malformed",
        arguments: [
            TransferRequest(id: "t", reference: "", postings: []),
            TransferRequest(id: "t", reference: "", postings: [Posting(account: "user", amount: euros(1))]),
            TransferRequest(
                id: "t", reference: "",
                postings: [Posting(account: "user", amount: euros(-1)), Posting(account: "shop", amount: euros(2))]
            ),
            TransferRequest(
                id: "t", reference: "",
                postings: [
                    Posting(account: "user", amount: euros(-1)),
                    Posting(account: "shop", amount: Money(minorUnits: 1, currency: jpy)),
                ]
            ),
            LedgerTests.move("t", "user", "user", 1), LedgerTests.move("t", "user", "shop", 0),
            TransferRequest(
                id: "t", reference: "",
                postings: [
                    Posting(account: "funding", amount: euros(.min)), Posting(account: "shop", amount: euros(.max)),
                    Posting(account: "user", amount: euros(1)),
                ]
            ),
            LedgerTests.move("", "user", "shop", 1), LedgerTests.move("a b", "user", "shop", 1),
            TransferRequest(id: "t", reference: "a\0b", postings: LedgerTests.move("t", "user", "shop", 1).postings),
        ]
    )
    func malformed(request: TransferRequest) async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts()
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.transfer(request) }
        guard case .invalid = error else {
            Issue.record("expected a refusal, got \(String(describing: error))")
            return
        }
        #expect(try await fixture.ledger.verify().transfers == 1)
    }

    @Test("of nothing or less between two accounts can't be made", arguments: [0, -1, .min] as [Int64])
    func notPositive(minorUnits: Int64) async throws {
        #expect(throws: LedgerError.self) {
            try TransferRequest(id: "t", reference: "", from: "a", to: "b", amount: euros(minorUnits))
        }
    }

    @Test("can be looked up as they were recorded, at the time of the ledger's clock")
    func lookUp() async throws {
        let time = Date(timeIntervalSince1970: 1_700_000_000.123)
        let fixture = try TemporaryLedger(now: { time })
        try await fixture.openAccounts()
        try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(5))
        let transfer = try #require(try await fixture.ledger.transfer(id: "p/authorise"))
        #expect(transfer.kind == .authorise && transfer.reference == "p" && transfer.createdAt == time)
        #expect(
            transfer.postings == [
                Posting(account: "clearing", amount: euros(5)), Posting(account: "user", amount: euros(-5)),
            ]
        )
        #expect(try await fixture.ledger.transfer(id: "p/settle") == nil)
    }

    @Test("make up an account's statement, oldest first and page after page")
    func statement() async throws {
        let fixture = try TemporaryLedger()
        try await fixture.openAccounts()
        for number in 1...5 {
            try await fixture.ledger.transfer(LedgerTests.move("t\(number)", "user", "shop", Int64(number)))
        }
        let first = try await fixture.ledger.statement(account: "user", after: 0, limit: 4)
        #expect(first.map(\.transfer) == ["seed-user", "t1", "t2", "t3"])
        #expect(first.map(\.amount) == [euros(100_00), euros(-1), euros(-2), euros(-3)])
        #expect(first.map(\.balance) == [euros(100_00), euros(99_99), euros(99_97), euros(99_94)])
        let last = try #require(first.last)
        let second = try await fixture.ledger.statement(account: "user", after: last.sequence, limit: 4)
        #expect(second.map(\.transfer) == ["t4", "t5"])
        #expect(second.last?.balance == euros(99_85))
    }
}
