import Synchronization
import Testing
import WaitingTestSupport

@testable import Bridge

@Suite(.timeLimit(.minutes(1))) struct SharedLookupTests {
    @Test("Those who ask while a question is under way share the next one, which is put after they have asked")
    func shared() async throws {
        let lookup = SharedLookup<Int>()
        let asked = Counter()
        let gate = AsyncGate()
        let first = Task {
            try await lookup.answer {
                await gate.pass()
                return asked.next()
            }
        }
        try await eventually { gate.waiting == 1 }
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                group.addTask { try await lookup.answer { asked.next() } }
            }
            group.addTask {
                gate.open()
                return 2
            }
            for try await answer in group { #expect(answer >= 2) }
        }
        #expect(try await first.value == 1)
    }

    @Test("A question that fails fails for those who asked it, and the next one is put all the same")
    func failing() async throws {
        struct Failure: Error {}
        let lookup = SharedLookup<Int>()
        await #expect(throws: Failure.self) { try await lookup.answer { throw Failure() } }
        #expect(try await lookup.answer { 7 } == 7)
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }
}
