import Synchronization
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Deadlines", .timeLimit(.minutes(5)))
struct DeadlinesTests {
    private final class Calls: Sendable {
        private let numbers = Mutex<[Int]>([])
        var all: [Int] { numbers.withLock { $0 } }
        func note(_ number: Int) { numbers.withLock { $0.append(number) } }
    }

    @Test("Each is called once, in the order of the deadlines, whatever the order they were given in")
    func order() async throws {
        let (deadlines, calls) = (Deadlines(), Calls())
        let begin = ContinuousClock.now
        for number in [3, 1, 4, 2] {
            _ = deadlines.call(at: begin + .milliseconds(50 * number)) { calls.note(number) }
        }
        try await eventually { calls.all.count == 4 }
        #expect(calls.all == [1, 2, 3, 4])
        #expect(ContinuousClock.now >= begin + .milliseconds(200))
    }

    @Test("What is called off is not called, and does not keep others waiting")
    func calledOff() async throws {
        let (deadlines, calls) = (Deadlines(), Calls())
        let begin = ContinuousClock.now
        let far = deadlines.call(at: begin + .seconds(3600)) { calls.note(0) }
        let near = deadlines.call(at: begin + .milliseconds(20)) { calls.note(1) }
        deadlines.callOff(near)
        _ = deadlines.call(at: begin + .milliseconds(40)) { calls.note(2) }
        try await eventually { calls.all == [2] }
        deadlines.callOff(far)
        // Nothing is left, so the next begins anew.
        _ = deadlines.call(at: .now) { calls.note(3) }
        try await eventually { calls.all == [2, 3] }
    }

    @Test("A deadline that has passed is called at once, and one that is called back may make another")
    func nested() async throws {
        let (deadlines, calls) = (Deadlines(), Calls())
        _ = deadlines.call(at: .now - .seconds(1)) {
            calls.note(1)
            _ = deadlines.call(at: .now + .milliseconds(10)) { calls.note(2) }
        }
        try await eventually { calls.all == [1, 2] }
    }

    @Test("Given and called off by many at the same time, each of the others is called exactly once")
    func concurrent() async throws {
        let (deadlines, calls) = (Deadlines(), Calls())
        await withTaskGroup { group in
            for number in 0..<1000 {
                group.addTask {
                    let timer = deadlines.call(at: .now + .milliseconds(100 + number * 7 % 100)) { calls.note(number) }
                    if number.isMultiple(of: 2) { deadlines.callOff(timer) }
                }
            }
        }
        try await eventually { calls.all.count >= 500 }
        #expect(Set(calls.all).count == calls.all.count)
        #expect(Set(calls.all).isSuperset(of: stride(from: 1, to: 1000, by: 2)))
    }
}
