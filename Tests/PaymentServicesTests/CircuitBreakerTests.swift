import Synchronization
import Testing

@testable import PaymentServices

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private struct Down: Error {}

    /// A breaker whose time is the test's.
    private final class Bench: Sendable {
        private let time = Mutex(ContinuousClock.now)
        private let calls = Mutex(0)
        var callCount: Int { calls.withLock { $0 } }

        func makeBreaker() -> CircuitBreaker {
            CircuitBreaker(
                policy: .init(failures: 3, coolDown: .seconds(1), longestCoolDown: .seconds(3)),
                now: { self.time.withLock { $0 } })
        }

        func pass(_ duration: Duration) { time.withLock { $0 += duration } }

        func call(_ breaker: CircuitBreaker, succeeds: Bool) async throws {
            try await breaker.call {
                calls.withLock { $0 += 1 }
                if !succeeds { throw Down() }
                return ((), isFailure: false)
            }
        }
    }

    @Test(
        "It opens after failures in a row, then lets one probe through after each cool-down, and closes with the first success"
    )
    func states() async throws {
        let bench = Bench()
        let breaker = bench.makeBreaker()
        // A success in between begins the count anew.
        for succeeds in [false, false, true, false, false] { try? await bench.call(breaker, succeeds: succeeds) }
        #expect(bench.callCount == 5)
        await #expect(throws: Down.self) { try await bench.call(breaker, succeeds: false) }
        let open = await #expect(throws: CircuitBreaker.Open.self) { try await bench.call(breaker, succeeds: true) }
        #expect(open?.retryAfter == .seconds(1) && bench.callCount == 6)

        bench.pass(.seconds(1))
        await #expect(throws: Down.self) { try await bench.call(breaker, succeeds: false) }
        bench.pass(.seconds(1))
        let later = await #expect(throws: CircuitBreaker.Open.self) { try await bench.call(breaker, succeeds: true) }
        #expect(later?.retryAfter == .seconds(1) && bench.callCount == 7)
        bench.pass(.seconds(1))
        for _ in 1...3 { try await bench.call(breaker, succeeds: true) }
        #expect(bench.callCount == 10)
    }

    @Test("While the probe is on its way, others fail at once; one that is cancelled makes room for another")
    func probe() async throws {
        let bench = Bench()
        let breaker = bench.makeBreaker()
        for _ in 1...3 { try? await bench.call(breaker, succeeds: false) }
        bench.pass(.seconds(1))
        let probe = {
            try await breaker.call { () async throws -> (answer: Void, isFailure: Bool) in
                do {
                    try await bench.call(breaker, succeeds: true)
                    Issue.record("a second call went through")
                } catch is CircuitBreaker.Open {}
                throw CancellationError()
            }
        }
        await #expect(throws: CancellationError.self) { try await probe() }
        try await bench.call(breaker, succeeds: true)
        #expect(bench.callCount == 4)
    }

    @Test("An answer that says the provider is down counts as a failure, and is passed on")
    func failingAnswers() async throws {
        let breaker = Bench().makeBreaker()
        for _ in 1...3 {
            #expect(try await breaker.call { (503, isFailure: true) } == 503)
        }
        await #expect(throws: CircuitBreaker.Open.self) { try await breaker.call { (200, isFailure: false) } }
    }
}
