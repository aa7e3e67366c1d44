import Foundation
import Ledger
import Synchronization
import Testing

@Suite("Holds")
struct HoldTests {
    /// A clock that tests put forward.
    private final class Clock: Sendable {
        private let time = Mutex(Date(timeIntervalSince1970: 1_750_000_000))

        var now: Date { time.withLock { $0 } }

        func advance(by seconds: TimeInterval) { time.withLock { $0 += seconds } }
    }

    private func lending(
        _ backend: Backend, _ body: (TemporaryLedger, any Ledger, Clock) async throws -> Void
    ) async throws {
        let clock = Clock()
        let fixture = try await TemporaryLedger.open(backend) { clock.now }
        try await fixture.openAccounts()
        try await body(fixture, fixture.ledger, clock)
        #expect(try await fixture.ledger.verify().violations == [])
    }

    private func hold(_ payment: String, _ ledger: any Ledger, until time: Date?) async throws {
        try await ledger.authorise(
            payment: payment, from: "user", to: "clearing", amount: euros(10_00), expiresAt: time)
    }

    @Test("are pending, then posted when settled or voided when returned", arguments: Backend.available)
    func statuses(backend: Backend) async throws {
        try await lending(backend) { _, ledger, clock in
            #expect(try await ledger.hold(payment: "p") == nil)
            try await hold("p", ledger, until: nil)
            try await hold("q", ledger, until: clock.now + 60)
            let pending = try #require(try await ledger.hold(payment: "p"))
            #expect(pending.status == .pending && pending.amount == euros(10_00) && pending.expiresAt == nil)
            #expect(pending.user == "user" && pending.clearing == "clearing" && pending.createdAt == clock.now)
            try await ledger.settle(payment: "p", to: "shop")
            try await ledger.returnFunds(payment: "q")
            #expect(try await ledger.hold(payment: "p")?.status == .posted)
            #expect(try await ledger.hold(payment: "q")?.status == .voided)
            #expect(try await ledger.hold(payment: "q")?.expiresAt == clock.now + 60)
        }
    }

    @Test("that are over give the money back once, and their payments are over too", arguments: Backend.available)
    func expired(backend: Backend) async throws {
        try await lending(backend) { fixture, ledger, clock in
            try await hold("late", ledger, until: clock.now + 120)
            try await hold("soon", ledger, until: clock.now + 60)
            try await hold("kept", ledger, until: nil)
            clock.advance(by: 59)
            #expect(try await ledger.expireHolds(limit: 10) == [])
            clock.advance(by: 1)
            #expect(try await ledger.expireHolds(limit: 10) == ["soon"])
            clock.advance(by: 3600)
            #expect(try await ledger.expireHolds(limit: 10) == ["late"])
            #expect(try await ledger.expireHolds(limit: 10) == [])
            #expect(try await ledger.hold(payment: "soon")?.status == .expired)
            #expect(try await ledger.hold(payment: "kept")?.status == .pending)
            #expect(try await fixture.balances("user", "clearing") == [90_00, 10_00])
            await #expect(throws: LedgerError.alreadyReturned(payment: "soon")) {
                try await ledger.settle(payment: "soon", to: "shop")
            }
            #expect(try await ledger.returnFunds(payment: "soon") == .alreadyReturned)
        }
    }

    @Test("that were settled or returned in time don't expire", arguments: Backend.available)
    func ended(backend: Backend) async throws {
        try await lending(backend) { fixture, ledger, clock in
            for payment in ["p", "q"] { try await hold(payment, ledger, until: clock.now + 1) }
            try await ledger.settle(payment: "p", to: "shop")
            try await ledger.returnFunds(payment: "q")
            clock.advance(by: 10)
            #expect(try await ledger.expireHolds(limit: 10) == [])
            #expect(try await ledger.hold(payment: "p")?.status == .posted)
            #expect(try await ledger.hold(payment: "q")?.status == .voided)
            #expect(try await fixture.balances("user", "shop") == [90_00, 10_00])
        }
    }

    @Test("keep the time of the first call when it is repeated", arguments: Backend.available)
    func repeated(backend: Backend) async throws {
        try await lending(backend) { _, ledger, clock in
            let time = clock.now + 60
            try await hold("p", ledger, until: time)
            try await hold("p", ledger, until: time + 60)
            #expect(try await ledger.hold(payment: "p")?.expiresAt == time)
        }
    }

    @Test("expire once, or are settled, when many try both at the same time", arguments: Backend.available)
    func race(backend: Backend) async throws {
        try await lending(backend) { fixture, ledger, clock in
            for number in 0..<8 { try await hold("p-\(number)", ledger, until: clock.now) }
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask { _ = try? await ledger.settle(payment: "p-\(number)", to: "shop") }
                    group.addTask { _ = try? await ledger.expireHolds(limit: 100) }
                }
            }
            var posted: Int64 = 0
            for number in 0..<8 {
                let status = try await ledger.hold(payment: "p-\(number)")?.status
                #expect(status == .posted || status == .expired)
                if status == .posted { posted += 1 }
            }
            #expect(
                try await fixture.balances("user", "clearing", "shop") == [100_00 - posted * 10_00, 0, posted * 10_00])
        }
    }
}
