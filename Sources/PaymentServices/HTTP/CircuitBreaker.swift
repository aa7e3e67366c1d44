import Synchronization

/// Keeps calls away from a provider that is down, so that they fail at once instead of waiting for an answer that does not come.
///
/// | state | a call | leaves it |
/// |---|---|---|
/// | closed | goes through | opens after ``Policy/failures`` failures in a row |
/// | open | fails at once | half-open after the cool-down |
/// | half-open | one goes through as a probe, others fail at once | closes when the probe succeeds, else opens for twice as long |
final class CircuitBreaker: Sendable {
    struct Policy: Sendable {
        var failures = 5
        var coolDown = Duration.seconds(1)
        var longestCoolDown = Duration.seconds(15)
    }

    /// The provider was not called.
    struct Open: Error {
        /// When it is worth another attempt.
        let retryAfter: Duration
    }

    private enum Phase {
        case closed(failures: Int)
        case open(until: ContinuousClock.Instant, coolDown: Duration)
        case probing(coolDown: Duration)
    }

    private let policy: Policy
    private let now: @Sendable () -> ContinuousClock.Instant
    private let phase = Mutex(Phase.closed(failures: 0))

    init(policy: Policy = .init(), now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.policy = policy
        self.now = now
    }

    /// - Parameter body: The call, and whether its answer says that the provider is down. Throwing anything but `CancellationError` says so too.
    /// - Throws: ``Open``; what `body` throws.
    func call<Answer>(_ body: () async throws -> (answer: Answer, isFailure: Bool)) async throws -> Answer {
        let isProbe = try admit()
        do {
            let (answer, isFailure) = try await body()
            record(isFailure ? .failed : .succeeded, isProbe: isProbe)
            return answer
        } catch {
            record(error is CancellationError ? .abandoned : .failed, isProbe: isProbe)
            throw error
        }
    }

    private enum Result { case succeeded, failed, abandoned }

    /// - Returns: Whether the call is the probe of a half-open circuit.
    private func admit() throws(Open) -> Bool {
        let now = now()
        return try phase.withLock { (phase) throws(Open) in
            switch phase {
            case .closed: return false
            case .open(let until, let coolDown):
                guard until <= now else { throw Open(retryAfter: now.duration(to: until)) }
                phase = .probing(coolDown: coolDown)
                return true
            case .probing(let coolDown): throw Open(retryAfter: coolDown)
            }
        }
    }

    private func record(_ result: Result, isProbe: Bool) {
        let now = now()
        phase.withLock { phase in
            switch (phase, result) {
            case (.closed, .succeeded): phase = .closed(failures: 0)
            case (.closed(let failures), .failed):
                phase =
                    failures + 1 < policy.failures
                    ? .closed(failures: failures + 1) : .open(until: now + policy.coolDown, coolDown: policy.coolDown)
            case (.probing, .succeeded) where isProbe: phase = .closed(failures: 0)
            case (.probing(let coolDown), .failed) where isProbe:
                let next = min(coolDown * 2, policy.longestCoolDown)
                phase = .open(until: now + next, coolDown: next)
            case (.probing(let coolDown), .abandoned) where isProbe: phase = .open(until: now, coolDown: coolDown)
            // Calls that began before the circuit opened say nothing new.
            default: break
            }
        }
    }
}
