import Testing
import WaitingTestSupport

@testable import Bridge

@Suite(.timeLimit(.minutes(5))) struct CallLimitTests {
    @Test("No more calls run at once than there are slots, and all get their turn") func bounded() async throws {
        let slots = CallSlots(count: 5)
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
                    slots.release()
                }
            }
            try await group.waitForAll()
        }
        #expect(counts.value.most == 5)
        #expect(counts.value.done == 500)
    }

    @Test("Who waits for a slot can be cancelled, and leaves no slot behind") func cancelledWaiters() async throws {
        let slots = CallSlots(count: 1)
        try await slots.acquire()
        let waiters = (0..<20).map { _ in Task { try await slots.acquire() } }
        for waiter in waiters { waiter.cancel() }
        for waiter in waiters { await #expect(throws: CancellationError.self) { try await waiter.value } }
        let last = Task { try await slots.acquire() }
        slots.release()
        try await last.value
    }

    @Test("A call on its way is answered although its caller was cancelled") func shielded() async throws {
        let shield = CallShield()
        let gate = Gate()
        let caller = Task { try await shield.run { await gate.pass() } }
        try await eventually { gate.waiting == 1 }
        caller.cancel()
        gate.open()
        try await caller.value
    }

    @Test("Once calls are given up, callers wait no longer, and new calls are not made") func givenUp() async throws {
        let shield = CallShield()
        let gate = Gate()
        let caller = Task { try await shield.run { await gate.pass() } }
        try await eventually { gate.waiting == 1 }
        shield.giveUp()
        await #expect(throws: CancellationError.self) { try await caller.value }
        await #expect(throws: CancellationError.self) { try await shield.run { Issue.record("a call was made") } }
        gate.open()
    }
}
