import Testing
import WaitingTestSupport

@testable import Bridge

@Suite(.timeLimit(.minutes(5))) struct CallGovernorTests {
    @Test("No more calls run at once than there are slots, and all get their turn") func bounded() async throws {
        let slots = CallGovernor(maximum: 5, backoff: Backoff())
        let counts = Recorded((running: 0, most: 0, done: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<500 {
                group.addTask {
                    try await slots.acquire()
                    counts.change { counts in
                        counts.running += 1
                        counts.most = max(counts.most, counts.running)
                    }
                    await randomDelay()
                    counts.change { counts in
                        counts.running -= 1
                        counts.done += 1
                    }
                    slots.release(.succeeded)
                }
            }
            try await group.waitForAll()
        }
        #expect(counts.value.most == 5)
        #expect(counts.value.done == 500)
    }

    @Test("Who waits for a slot can be cancelled, and leaves no slot behind") func cancelledWaiters() async throws {
        let slots = CallGovernor(maximum: 1, backoff: Backoff())
        try await slots.acquire()
        let waiters = (0..<20).map { _ in Task { try await slots.acquire() } }
        for waiter in waiters { waiter.cancel() }
        for waiter in waiters { await #expect(throws: CancellationError.self) { try await waiter.value } }
        let last = Task { try await slots.acquire() }
        slots.release(.succeeded)
        try await last.value
    }

    private let quick = Backoff(initialDelay: .milliseconds(20), maximumDelay: .milliseconds(40))

    @Test("Case 03: when Temporal has too much to do, all wait, then half as many call, and slowly more")
    func throttled()
        async throws
    {
        let governor = CallGovernor(maximum: 8, backoff: quick)
        for _ in 0..<8 { try await governor.acquire() }
        let begin = ContinuousClock.now
        for _ in 0..<8 { governor.release(.exhausted) }
        // Eight refusals at once are one.
        #expect(governor.allowed == 4)
        for _ in 0..<4 { try await governor.acquire() }
        #expect(begin.duration(to: .now) >= .milliseconds(15))
        let fifth = Task { try await governor.acquire() }
        for _ in 0..<100 { await Task.yield() }
        #expect(governor.running == 4)
        for _ in 0..<4 { governor.release(.succeeded) }
        try await fifth.value
        governor.release(.succeeded)
        for _ in 0..<100 {
            try await governor.acquire()
            governor.release(.succeeded)
        }
        #expect(governor.allowed == 8)
    }

    @Test("When Temporal is away nobody calls but one now and then, until that one is answered") func circuit()
        async throws
    {
        let governor = CallGovernor(maximum: 8, backoff: quick)
        for _ in 0..<8 { try await governor.acquire() }
        for _ in 0..<8 { governor.release(.unavailable) }
        #expect(governor.isOpen)
        let callers = (0..<5).map { _ in Task { try await governor.acquire() } }
        try await eventually { governor.running == 1 }
        for _ in 0..<100 { await Task.yield() }
        #expect(governor.running == 1)
        governor.release(.unavailable)
        #expect(governor.isOpen)
        try await eventually { governor.running == 1 }
        governor.release(.failedAlone)
        #expect(!governor.isOpen)
        for caller in callers { try await caller.value }
        #expect(governor.running == 3)
    }

    @Test("A probe that nobody waits for any more makes room for another") func abandonedProbe() async throws {
        let governor = CallGovernor(maximum: 8, backoff: quick)
        for _ in 0..<8 { try await governor.acquire() }
        for _ in 0..<8 { governor.release(.unavailable) }
        try await governor.acquire()
        governor.release(.abandoned)
        try await governor.acquire()
        governor.release(.succeeded)
        #expect(!governor.isOpen)
    }

    @Test("A call on its way is answered although its caller was cancelled") func shielded() async throws {
        let shield = CallShield()
        let gate = AsyncGate()
        let caller = Task { try await shield.run { await gate.pass() } }
        try await eventually { gate.waiting == 1 }
        caller.cancel()
        gate.open()
        try await caller.value
    }

    @Test("Once calls are given up, callers wait no longer, and new calls are not made") func givenUp() async throws {
        let shield = CallShield()
        let gate = AsyncGate()
        let caller = Task { try await shield.run { await gate.pass() } }
        try await eventually { gate.waiting == 1 }
        shield.giveUp()
        await #expect(throws: CancellationError.self) { try await caller.value }
        await #expect(throws: CancellationError.self) { try await shield.run { Issue.record("a call was made") } }
        gate.open()
    }
}
