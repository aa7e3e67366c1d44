import Ledger
import Testing

@Suite("Accounts")
struct AccountTests {
    @Test("open empty, with the terms they were requested with", arguments: Backend.available)
    func open(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        let account = try await fixture.ledger.openAccount(
            AccountRequest(id: "u", owner: .user, currency: jpy, overdraftLimit: 500, paymentLimit: 200)
        )
        #expect(account.balance == 0 && account.available == 500 && account.status == .open)
        #expect(account.owner == .user && account.currency == jpy && account.paymentLimit == 200)
        #expect(try await fixture.ledger.account("u") == account)
    }

    @Test(
        "open once: the same request again finds the account, another one is a conflict", arguments: Backend.available)
    func openTwice(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let again = try await fixture.ledger.openAccount(AccountRequest(id: "user", owner: .user, currency: eur))
        #expect(again.balance == 100_00)
        for other in [
            AccountRequest(id: "user", owner: .merchant, currency: eur),
            AccountRequest(id: "user", owner: .user, currency: jpy),
            AccountRequest(id: "user", owner: .user, currency: eur, overdraftLimit: 1),
            AccountRequest(id: "user", owner: .user, currency: eur, paymentLimit: 1),
        ] {
            let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.openAccount(other) }
            guard case .conflict("user", _) = error else {
                Issue.record("expected a conflict, got \(String(describing: error))")
                continue
            }
        }
    }

    @Test(
        "are refused with impossible terms",
        arguments: Backend.available,
        [
            AccountRequest(id: "", owner: .user, currency: eur),
            AccountRequest(id: "two words", owner: .user, currency: eur),
            AccountRequest(id: "zoë", owner: .user, currency: eur),
            AccountRequest(id: String(repeating: "a", count: 201), owner: .user, currency: eur),
            AccountRequest(id: "u", owner: .user, currency: eur, overdraftLimit: -1),
            AccountRequest(id: "u", owner: .user, currency: eur, paymentLimit: 0),
            AccountRequest(id: "c", owner: .clearing, currency: eur, overdraftLimit: 1),
            AccountRequest(id: "c", owner: .funding, currency: eur, paymentLimit: 1),
        ]
    )
    func invalid(backend: Backend, request: AccountRequest) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.openAccount(request) }
        guard case .invalid = error else {
            Issue.record("expected a refusal, got \(String(describing: error))")
            return
        }
        #expect(try await fixture.ledger.accounts(after: nil, limit: 10).isEmpty)
    }

    @Test("are listed by id, page after page", arguments: Backend.available)
    func pages(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let first = try await fixture.ledger.accounts(after: nil, limit: 3)
        #expect(first.map(\.id) == ["clearing", "funding", "shop"])
        #expect(try await fixture.ledger.accounts(after: "shop", limit: 3).map(\.id) == ["user"])
        #expect(try await fixture.ledger.accounts(after: "user", limit: 3).isEmpty)
        await #expect(throws: LedgerError.self) { try await fixture.ledger.accounts(after: nil, limit: 0) }
    }

    @Test("that don't exist are reported by their id", arguments: Backend.available)
    func unknown(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        await #expect(throws: LedgerError.unknownAccount("nobody")) { try await fixture.ledger.account("nobody") }
        await #expect(throws: LedgerError.unknownAccount("nobody")) { try await fixture.ledger.closeAccount("nobody") }
        await #expect(throws: LedgerError.unknownAccount("nobody")) {
            try await fixture.ledger.statement(account: "nobody", after: 0, limit: 1)
        }
    }

    @Test("that are closed take part in nothing any more, and stay closed", arguments: Backend.available)
    func closed(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts(userBalance: 0)
        try await fixture.ledger.closeAccount("user")
        try await fixture.ledger.closeAccount("user")
        #expect(try await fixture.ledger.account("user").status == .closed)
        let closed = LedgerError.accountClosed("user")
        await #expect(throws: closed) { try await fixture.fund("user", 1) }
        await #expect(throws: closed) { try await fixture.ledger.transfer(move("t", "user", "shop", 1)) }
        await #expect(throws: closed) {
            try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(1))
        }
        await #expect(throws: closed) {
            try await fixture.ledger.openAccount(AccountRequest(id: "user", owner: .user, currency: eur))
        }
        #expect(try await fixture.ledger.state(payment: "p") == .unknown)
    }

    @Test("can't be closed while they hold money", arguments: Backend.available)
    func closeWithMoney(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        await #expect(throws: LedgerError.accountInUse("user", balance: euros(100_00), paymentsUnderWay: 0)) {
            try await fixture.ledger.closeAccount("user")
        }
    }

    @Test("can't be closed while a payment's money may come back", arguments: Backend.available)
    func closeWithPayment(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(100_00))
        await #expect(throws: LedgerError.accountInUse("user", balance: euros(0), paymentsUnderWay: 1)) {
            try await fixture.ledger.closeAccount("user")
        }
        try await fixture.ledger.settle(payment: "p", to: "shop")
        try await fixture.ledger.closeAccount("user")
        #expect(try await fixture.ledger.account("user").status == .closed)
    }
}
