import Ledger
import Testing

@Suite("Payments")
struct PaymentTests {
    @Test("bring the user's money to the merchant through clearing", arguments: Backend.available)
    func settle(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        #expect(try await fixture.ledger.state(payment: "p") == .unknown)
        try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(40_00))
        #expect(try await fixture.ledger.state(payment: "p") == .authorised)
        #expect(try await fixture.balances("user", "clearing", "shop") == [60_00, 40_00, 0])
        try await fixture.ledger.settle(payment: "p", to: "shop")
        #expect(try await fixture.ledger.state(payment: "p") == .settled)
        #expect(try await fixture.balances("user", "clearing", "shop") == [60_00, 0, 40_00])
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("give the user's money back when they fail", arguments: Backend.available)
    func giveBack(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(40_00))
        #expect(try await fixture.ledger.returnFunds(payment: "p") == .returned)
        #expect(try await fixture.ledger.state(payment: "p") == .returned)
        #expect(try await fixture.balances("user", "clearing", "shop") == [100_00, 0, 0])
    }

    @Test("refuse an authorisation that arrives after its compensation", arguments: Backend.available)
    func lateAuthorisation(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        #expect(try await fixture.ledger.returnFunds(payment: "p") == .nothingToReturn)
        #expect(try await fixture.ledger.state(payment: "p") == .voided)
        await #expect(throws: LedgerError.voided(payment: "p")) {
            try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(40_00))
        }
        #expect(try await fixture.balances("user", "clearing") == [100_00, 0])
        let record = try #require(try await fixture.ledger.transfer(id: "p/return"))
        #expect(record.kind == .return && record.postings.isEmpty)
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("have nothing to return, and end, when the authorisation was refused", arguments: Backend.available)
    func refusedAuthorisation(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts(userBalance: 10)
        await #expect(throws: LedgerError.self) {
            try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(11))
        }
        #expect(try await fixture.ledger.returnFunds(payment: "p") == .nothingToReturn)
        #expect(try await fixture.balances("user", "clearing") == [10, 0])
    }

    /// Every sequence of up to four steps, each on a payment of its own.
    static let orders: [[PaymentStep]] = (1...4).flatMap { length in
        (0..<length).reduce([[]]) { orders, _ in
            orders.flatMap { order in PaymentStep.allCases.map { order + [$0] } }
        }
    }

    @Test(
        "move money at most once, in every order of authorisations, settlements and returns",
        arguments: Backend.available)
    func everyOrder(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        var inClearing: Int64 = 0
        var withShop: Int64 = 0
        #expect(Self.orders.count == 120)
        for (number, order) in Self.orders.enumerated() {
            let payment = "p\(number)"
            var state = PaymentState.unknown
            for (index, step) in order.enumerated() {
                let (outcome, next) = step.promise(payment, in: state)
                #expect(await step.run(payment, on: fixture.ledger) == outcome, "step \(index + 1) of \(order)")
                #expect(try await fixture.ledger.state(payment: payment) == next)
                state = next
            }
            if state == .authorised { inClearing += 10 }
            if state == .settled { withShop += 10 }
            let expected = [100_00 - inClearing - withShop, inClearing, withShop]
            #expect(try await fixture.balances("user", "clearing", "shop") == expected, "after \(order)")
        }
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("move money at most once when the same steps arrive together, many times over", arguments: Backend.available)
    func concurrentSteps(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let payments = (0..<60).map { "p\($0)" }
        for payment in payments.prefix(40) {
            try await fixture.ledger.authorise(payment: payment, from: "user", to: "clearing", amount: euros(10))
        }
        let outcomes = await withTaskGroup(of: (String, PaymentStep, PaymentStep.Outcome).self) { group in
            for payment in payments {
                for step in PaymentStep.allCases + PaymentStep.allCases {
                    group.addTask { (payment, step, await step.run(payment, on: fixture.ledger)) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for payment in payments {
            let ended = outcomes.filter { $0.0 == payment && $0.1 != .authorise && $0.2 == .applied }
            #expect(ended.count <= 1)
            switch try await fixture.ledger.state(payment: payment) {
            case .settled: #expect(ended.map(\.1) == [.settle])
            case .returned: #expect(ended.map(\.1) == [.giveBack])
            case .voided: #expect(ended.isEmpty)
            case .unknown, .authorised: Issue.record("\(payment) has not ended")
            }
        }
        let settled = outcomes.count { $0.1 == .settle && $0.2 == .applied }
        let expected = [100_00 - Int64(settled) * 10, 0, Int64(settled) * 10]
        #expect(try await fixture.balances("user", "clearing", "shop") == expected)
        #expect(try await fixture.ledger.verify().violations == [])
    }

    @Test("are refused when they come again with other content", arguments: Backend.available)
    func conflict(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        try await fixture.ledger.openAccount(AccountRequest(id: "shop-2", owner: .merchant, currency: eur))
        try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(10))
        let amount = await #expect(throws: LedgerError.self) {
            try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(11))
        }
        guard case .conflict("p/authorise", let detail) = amount else {
            Issue.record("expected a conflict, got \(String(describing: amount))")
            return
        }
        #expect(detail.contains("0.10 EUR") && detail.contains("0.11 EUR"))
        try await fixture.ledger.settle(payment: "p", to: "shop")
        let merchant = await #expect(throws: LedgerError.self) {
            try await fixture.ledger.settle(payment: "p", to: "shop-2")
        }
        guard case .conflict("p/settle", _) = merchant else {
            Issue.record("expected a conflict, got \(String(describing: merchant))")
            return
        }
        #expect(try await fixture.balances("user", "clearing", "shop", "shop-2") == [99_90, 0, 10, 0])
    }

    @Test("can't spend what isn't a user's, nor pay what isn't a merchant's", arguments: Backend.available)
    func owners(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        await #expect(throws: LedgerError.wrongOwner(account: "funding", expected: .user, found: .funding)) {
            try await fixture.ledger.authorise(payment: "p", from: "funding", to: "clearing", amount: euros(1))
        }
        await #expect(throws: LedgerError.wrongOwner(account: "shop", expected: .clearing, found: .merchant)) {
            try await fixture.ledger.authorise(payment: "p", from: "user", to: "shop", amount: euros(1))
        }
        try await fixture.ledger.authorise(payment: "p", from: "user", to: "clearing", amount: euros(1))
        await #expect(throws: LedgerError.wrongOwner(account: "user", expected: .merchant, found: .user)) {
            try await fixture.ledger.settle(payment: "p", to: "user")
        }
        await #expect(throws: LedgerError.unknownAccount("nobody")) {
            try await fixture.ledger.settle(payment: "p", to: "nobody")
        }
        #expect(try await fixture.ledger.state(payment: "p") == .authorised)
    }

    @Test(
        "are refused with an id that could be taken for another payment's step", arguments: Backend.available,
        ["", "a/b", "a b", "ü"])
    func identifiers(backend: Backend, payment: String) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        for step in PaymentStep.allCases {
            guard case .refused(.invalid) = await step.run(payment, on: fixture.ledger) else {
                Issue.record("\(step) took the id \"\(payment)\"")
                continue
            }
        }
    }

    @Test("have ids for their steps that no other transfer can take", arguments: Backend.available)
    func reservedID(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        for kind in [TransferKind.authorise, .settle, .return] {
            let request = move(kind.id(payment: "p"), "user", "clearing", 10)
            let error = await #expect(throws: LedgerError.self) { try await fixture.ledger.transfer(request) }
            guard case .invalid = error else {
                Issue.record("\(request.id) was taken: \(String(describing: error))")
                continue
            }
        }
    }
}
