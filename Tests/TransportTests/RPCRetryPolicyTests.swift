import Temporal
import Testing

@Suite("Retry policy")
struct RPCRetryPolicyTests {
    private static let transient: [GRPCStatusCode] = [
        .dataLoss, .internal, .unknown, .resourceExhausted, .aborted, .outOfRange, .unavailable,
    ]
    private static let final: [GRPCStatusCode] = [
        .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition, .unimplemented,
        .unauthenticated,
    ]

    /// The delay in milliseconds without jitter, or nil for stop.
    private func delay(
        _ policy: RPCRetryPolicy, _ code: GRPCStatusCode, message: String = "", attempt: Int = 1,
        elapsed: Duration = .zero, jitterFraction: Double = 0.5
    ) -> Int? {
        let error = GRPCError(code: code, message: message)
        let decision = policy.decision(
            after: error, attempt: attempt, elapsed: elapsed, jitterFraction: jitterFraction)
        guard case .retry(let delay) = decision else { return nil }
        return Int((delay / .milliseconds(1)).rounded())
    }

    @Test("Calls wait 100 ms, then 1.7 times as long each time, up to 5 s")
    func callDelays() {
        let delays = (1...9).map { delay(.call, .unavailable, attempt: $0) }
        #expect(delays == [100, 170, 289, 491, 835, 1420, 2414, 4103, 5000])
    }

    @Test("Calls stop at the tenth attempt")
    func callAttempts() {
        #expect(delay(.call, .unavailable, attempt: 9) != nil)
        #expect(delay(.call, .unavailable, attempt: 10) == nil)
    }

    @Test("Calls stop after 10 s")
    func callElapsed() {
        #expect(delay(.call, .unavailable, elapsed: .milliseconds(9_999)) != nil)
        #expect(delay(.call, .unavailable, elapsed: .seconds(10)) == nil)
    }

    @Test("Task polls wait 200 ms, then twice as long each time, up to 10 s, and never stop")
    func pollDelays() {
        let delays = (1...7).map { delay(.taskPoll, .unavailable, attempt: $0) }
        #expect(delays == [200, 400, 800, 1600, 3200, 6400, 10_000])
        #expect(delay(.taskPoll, .unavailable, attempt: Int.max, elapsed: .seconds(1_000_000)) == 10_000)
    }

    @Test("A delay strays by up to a fifth in both directions", arguments: [RPCRetryPolicy.call, .taskPoll])
    func jitter(policy: RPCRetryPolicy) throws {
        let nominal = try #require(delay(policy, .unavailable, attempt: 3))
        let least = try #require(delay(policy, .unavailable, attempt: 3, jitterFraction: 0))
        let most = try #require(delay(policy, .unavailable, attempt: 3, jitterFraction: 1))
        #expect(abs(Double(least) - 0.8 * Double(nominal)) <= 1)
        #expect(abs(Double(most) - 1.2 * Double(nominal)) <= 1)
    }

    @Test("RESOURCE_EXHAUSTED waits at least 1 s, then twice as long each time, up to 10 s")
    func throttled() {
        #expect((1...5).map { delay(.call, .resourceExhausted, attempt: $0) } == [1000, 2000, 4000, 8000, 10_000])
        #expect((1...5).map { delay(.taskPoll, .resourceExhausted, attempt: $0) } == [1000, 2000, 4000, 8000, 10_000])
        var slow = RPCRetryPolicy.call
        slow.backoff.initialDelay = .seconds(3)
        #expect(delay(slow, .resourceExhausted) == 3000)
        #expect(delay(.call, .resourceExhausted, attempt: 10) == nil)
    }

    @Test(
        "A message larger than a limit is not retried, by calls or polls",
        arguments: [
            "grpc: received message larger than max (5000000 vs. 4194304)",
            "grpc: message after decompression larger than max (5000000 vs. 4194304)",
            "grpc: received message after decompression larger than max 4194304",
            "grpc: trying to send message larger than max (5000000 vs. 4194304)",
            "Received message larger than max (5000000 vs. 4194304)",
            "Sent message larger than max (5000000 vs. 4194304)",
        ])
    func messageTooLarge(message: String) {
        #expect(delay(.call, .resourceExhausted, message: message) == nil)
        #expect(delay(.taskPoll, .resourceExhausted, message: message) == nil)
        #expect(delay(.call, .resourceExhausted, message: "namespace rate limit exceeded") != nil)
    }

    @Test("Transient codes are retried", arguments: transient)
    func transientCodes(code: GRPCStatusCode) {
        #expect(delay(.call, code) != nil)
        #expect(delay(.taskPoll, code, elapsed: .seconds(3600)) != nil)
    }

    @Test("Other codes end a call at once", arguments: final)
    func finalCodes(code: GRPCStatusCode) {
        #expect(delay(.call, code) == nil)
    }

    @Test("Other codes end a task poll only after 60 s, until when it waits 10 s", arguments: final)
    func pollGrace(code: GRPCStatusCode) {
        #expect(delay(.taskPoll, code) == 10_000)
        #expect(delay(.taskPoll, code, attempt: 5, elapsed: .milliseconds(59_999)) == 10_000)
        #expect(delay(.taskPoll, code, elapsed: .seconds(60)) == nil)
    }

    @Test("A call or poll that was cancelled or timed out", arguments: [GRPCStatusCode.cancelled, .deadlineExceeded])
    func endedWithoutAnswer(code: GRPCStatusCode) {
        #expect(delay(.call, code) == nil)
        #expect(delay(.taskPoll, code, elapsed: .seconds(3600)) == 200)
    }

    @Test("A closed channel ends calls and polls", arguments: [RPCRetryPolicy.call, .taskPoll])
    func closedChannel(policy: RPCRetryPolicy) {
        let error = GRPCError(code: .cancelled, message: "the channel was closed", isChannelClosed: true)
        #expect(policy.decision(after: error, attempt: 1, elapsed: .zero, jitterFraction: 0.5) == .stop)
    }
}
