import Foundation
import Ledger
import Synchronization
import Testing

@Suite("Audits from time to time")
struct AuditTests {
    private static let begin = Date(timeIntervalSince1970: 1_750_000_000)

    @Test("one process makes each; the others are told what it found", arguments: Backend.available)
    func shared(backend: Backend) async throws {
        let time = Mutex(Self.begin)
        let fixture = try await TemporaryLedger.open(backend) { time.withLock { $0 } }
        try await fixture.openAccounts()
        let other = try backend.open(fixture.address) { time.withLock { $0 } }

        let first = try #require(try await fixture.ledger.audit(every: .seconds(3600)))
        #expect(first.report?.isConsistent == true && first.violations == 0 && first.endedAt == Self.begin)
        #expect(first.accounts == 4 && first.transfers == 1 && first.postings == 2)
        try await fixture.fund("shop", 1_00)
        time.withLock { $0 += 3599 }
        let told = try #require(try await other.audit(every: .seconds(3600)))
        #expect(told.report == nil && told.endedAt == Self.begin && told.transfers == 1)
        time.withLock { $0 += 1 }
        let second = try #require(try await other.audit(every: .seconds(3600)))
        #expect(second.report != nil && second.endedAt == Self.begin + 3600 && second.transfers == 2)
        #expect(try await fixture.ledger.audit(every: .seconds(3600))?.endedAt == second.endedAt)
    }

    @Test("processes that ask at the same moment make one", arguments: Backend.available)
    func atOnce(backend: Backend) async throws {
        let time = Mutex(Self.begin)
        // No two ask in the same millisecond.
        let now = { @Sendable in
            time.withLock {
                $0 += 0.001
                return $0
            }
        }
        let fixture = try await TemporaryLedger.open(backend, now: now)
        let ledgers = try (1...4).map { _ in try backend.open(fixture.address, now: now) }
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for ledger in ledgers { group.addTask { try await ledger.audit(every: .seconds(3600))?.report != nil } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
    }

    @Test("one process whose clock is a day ahead does not keep the others from theirs", arguments: Backend.available)
    func wrongClock(backend: Backend) async throws {
        let time = Mutex(Self.begin)
        let fixture = try await TemporaryLedger.open(backend) { time.withLock { $0 } }
        try await fixture.openAccounts()
        let ahead = try backend.open(fixture.address) { time.withLock { $0 } + 86_400 }
        #expect(try await ahead.audit(every: .seconds(3600))?.report != nil)
        let first = try #require(try await fixture.ledger.audit(every: .seconds(3600)))
        #expect(first.report != nil && first.endedAt == Self.begin)
        time.withLock { $0 += 3599 }
        #expect(try await fixture.ledger.audit(every: .seconds(3600))?.endedAt == Self.begin)
        time.withLock { $0 += 1 }
        #expect(try await fixture.ledger.audit(every: .seconds(3600))?.endedAt == Self.begin + 3600)
    }

    @Test("processes whose clocks are minutes apart still make one", arguments: Backend.available)
    func unevenClocks(backend: Backend) async throws {
        let fixture = try await TemporaryLedger.open(backend) { Self.begin }
        let ahead = try backend.open(fixture.address) { Self.begin + 240 }
        #expect(try await ahead.audit(every: .seconds(3600))?.report != nil)
        let told = try #require(try await fixture.ledger.audit(every: .seconds(3600)))
        #expect(told.report == nil && told.endedAt == Self.begin + 240)
    }
}
