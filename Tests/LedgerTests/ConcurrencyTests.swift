import Foundation
import Ledger
import Testing

@Suite("Concurrent transfers")
struct ConcurrencyTests {
    /// A seeded generator, so that a failure can be repeated.
    private struct SplitMix64: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    /// Makes 50 random transfers among ten accounts, some larger than any balance.
    /// - Returns: What the acknowledged ones add to each account.
    private static func transferAtRandom(task: Int, on ledger: any Ledger) async throws -> [String: Int64] {
        var random = SplitMix64(state: UInt64(task))
        var added: [String: Int64] = [:]
        for number in 0..<50 {
            let source = "account-\(Int.random(in: 0..<10, using: &random))"
            let destination = "account-\(Int.random(in: 0..<10, using: &random))"
            if source == destination { continue }
            let amount = Int64.random(in: 1...1_500, using: &random)
            do {
                try await ledger.transfer(move("t-\(task)-\(number)", source, destination, amount))
                added[source, default: 0] -= amount
                added[destination, default: 0] += amount
            } catch .insufficientFunds {
                continue
            }
        }
        return added
    }

    @Test(
        "lose no update, bring no account below zero, and are all there when the file is opened again",
        arguments: Backend.available)
    func random(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts(userBalance: 0)
        var expected: [String: Int64] = [:]
        for number in 0..<10 {
            let id = "account-\(number)"
            try await fixture.ledger.openAccount(AccountRequest(id: id, owner: .user, currency: eur))
            try await fixture.fund(id, 1_000)
            expected[id] = 1_000
        }
        try await withThrowingTaskGroup(of: [String: Int64].self) { group in
            for task in 0..<64 {
                group.addTask { try await Self.transferAtRandom(task: task, on: fixture.ledger) }
            }
            for try await added in group { expected.merge(added, uniquingKeysWith: +) }
        }
        let report = try await fixture.ledger.verify()
        #expect(report.violations == [])
        #expect(report.transfers > 1_000)
        let reopened = try backend.open(fixture.address)
        for (id, balance) in expected {
            #expect(balance >= 0)
            #expect(try await fixture.ledger.account(id).balance == balance)
            #expect(try await reopened.account(id).balance == balance)
        }
    }

    @Test("of the last money let exactly one through", arguments: Backend.available)
    func lastMoney(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let applied = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    (try? await fixture.ledger.transfer(move("t\(number)", "user", "shop", 100_00))) == .applied
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(applied == 1)
        #expect(try await fixture.balances("user", "shop") == [0, 100_00])
    }

    @Test("with one id move the money once, and all callers learn of it", arguments: Backend.available)
    func sameID(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let results = try await withThrowingTaskGroup(of: TransferResult.self) { group in
            for _ in 0..<100 {
                group.addTask { try await fixture.ledger.transfer(move("t", "user", "shop", 1)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count { $0 == .applied } == 1)
        #expect(results.count { $0 == .alreadyApplied } == 99)
        #expect(try await fixture.balances("shop") == [1])
    }

    @Test("go on when their task is cancelled, and say what they did", arguments: Backend.available)
    func cancelled(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await fixture.ledger.transfer(move("t", "user", "shop", 1))
        }
        #expect(try await task.value == .applied)
        #expect(try await fixture.balances("user", "shop") == [99_99, 1])
    }

    @Test("that are refused leave their neighbours alone", arguments: Backend.available)
    func neighbours(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend)
        try await fixture.openAccounts()
        let applied = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                let source = number.isMultiple(of: 2) ? "user" : "nobody"
                group.addTask {
                    (try? await fixture.ledger.transfer(move("t\(number)", source, "shop", 1))) == .applied
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(applied == 50)
        #expect(try await fixture.balances("user", "shop") == [99_50, 50])
    }
}
