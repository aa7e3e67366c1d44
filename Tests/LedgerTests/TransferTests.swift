import Foundation
import Ledger
import Testing

@Suite("Transfers")
struct TransferTests {
    @Test("move money from one account to another", arguments: Backend.available)
    func move(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let result = try await fixture.ledger.transfer(LedgerTests.move("t", "user", "shop", 30_00))
        #expect(result == .applied)
        #expect(try await fixture.balances("user", "shop", "funding") == [70_00, 30_00, -100_00])
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("with the same id and content are applied once", arguments: Backend.available)
    func repeated(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        var request = LedgerTests.move("t", "user", "shop", 30_00)
        #expect(try await fixture.ledger.transfer(request) == .applied)
        request.postings.reverse()
        #expect(try await fixture.ledger.transfer(request) == .alreadyApplied)
        #expect(try await fixture.balances("user", "shop") == [70_00, 30_00])
    }

    @Test("already applied are found so even when they would be refused now", arguments: Backend.available)
    func repeatedAfterSpending(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let request = LedgerTests.move("t", "user", "shop", 100_00)
        try await fixture.ledger.transfer(request)
        try await fixture.ledger.closeAccount("user")
        #expect(try await fixture.ledger.transfer(request) == .alreadyApplied)
    }

    @Test(
        "with the same id and other content are a conflict, and the first stays as it was", arguments: Backend.available
    )
    func conflict(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
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

    @Test(
        "bring an account to its overdraft limit, and not one minor unit below", arguments: Backend.available,
        [0, 50_00] as [Int64])
    func limits(backend: Backend, overdraft: Int64) async throws {
        let fixture = try await TemporaryLedger.open(backend)
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

    @Test("that were refused can be repeated when there is money", arguments: Backend.available)
    func refusedThenApplied(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts(userBalance: 0)
        let request = LedgerTests.move("t", "user", "shop", 10)
        await #expect(throws: LedgerError.self) { try await fixture.ledger.transfer(request) }
        #expect(try await fixture.ledger.transfer(id: "t") == nil)
        try await fixture.fund("user", 10)
        #expect(try await fixture.ledger.transfer(request) == .applied)
    }

    @Test("take no more out of an account than its limit for one payment", arguments: Backend.available)
    func paymentLimit(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
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

    @Test("are refused in a currency the account is not kept in", arguments: Backend.available)
    func currencyMismatch(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        await #expect(throws: LedgerError.currencyMismatch(account: "user", expected: eur, found: jpy)) {
            try await fixture.ledger.authorise(
                payment: "p", from: "user", to: "clearing", amount: Money(minorUnits: 5, currency: jpy)
            )
        }
        #expect(try await fixture.balances("user", "clearing") == [100_00, 0])
    }

    @Test("may exchange currencies when they sum to zero in each", arguments: Backend.available)
    func exchange(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
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

    @Test("that would overflow a balance change nothing", arguments: Backend.available)
    func overflow(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
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
        arguments: Backend.available,
        [
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
    func malformed(backend: Backend, request: TransferRequest) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.transfer(request) }
        guard case .invalid = error else {
            Issue.record("expected a refusal, got \(String(describing: error))")
            return
        }
        #expect(try await fixture.ledger.verify().transfers == 1)
    }

    @Test(
        "of nothing or less between two accounts can't be made", arguments: Backend.available, [0, -1, .min] as [Int64])
    func notPositive(backend: Backend, minorUnits: Int64) async throws {
        #expect(throws: LedgerError.self) {
            try TransferRequest(id: "t", reference: "", from: "a", to: "b", amount: euros(minorUnits))
        }
    }

    @Test("can be looked up as they were recorded, at the time of the ledger's clock", arguments: Backend.available)
    func lookUp(backend: Backend) async throws {
        let time = Date(timeIntervalSince1970: 1_700_000_000.123)
        let fixture = try await TemporaryLedger.open(backend, now: { time })
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

    @Test("keep every character that ids and references may have", arguments: Backend.available)
    func characters(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let ascii = String(decoding: 0x21...0x7E, as: UTF8.self)
        try await fixture.ledger.openAccount(AccountRequest(id: ascii, owner: .merchant, currency: eur))
        var request = LedgerTests.move("t\(ascii)", "user", ascii, 1)
        request.reference = "NULL, {\"zoë\"} \\ 'x' $1 🙂"
        #expect(try await fixture.ledger.transfer(request) == .applied)
        #expect(try await fixture.ledger.transfer(request) == .alreadyApplied)
        let transfer = try #require(try await fixture.ledger.transfer(id: request.id))
        #expect(transfer.reference == request.reference)
        #expect(try await fixture.balances(ascii) == [1])
        let line = try #require(try await fixture.ledger.statement(account: ascii, after: 0, limit: 1).first)
        #expect(line.transfer == request.id && line.reference == request.reference)
    }

    @Test("are not found by ids that none can have", arguments: Backend.available, ["", "t\0", "t x", "ü", "\n"])
    func impossible(backend: Backend, id: String) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        try await fixture.ledger.transfer(LedgerTests.move("t", "user", "shop", 1))
        #expect(try await fixture.ledger.transfer(id: id) == nil)
        #expect(try await fixture.ledger.state(payment: id) == .unknown)
        await #expect(throws: LedgerError.unknownAccount(id)) { try await fixture.ledger.account(id) }
        await #expect(throws: LedgerError.unknownAccount(id)) {
            try await fixture.ledger.transfer(LedgerTests.move("t2", "user", id, 1))
        }
    }

    @Test("make up an account's statement, oldest first and page after page", arguments: Backend.available)
    func statement(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
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
