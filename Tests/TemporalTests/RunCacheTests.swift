import Foundation
import Logging
import Testing

@testable import Temporal

@Suite("The cache of runs")
struct RunCacheTests {
    private let thread = WorkflowThread(name: "test")

    private func makeRun() -> CachedRun {
        CachedRun(
            task: WorkflowTaskFactory.partial(from: 1), namespace: "default", taskQueue: "test", thread: thread
        ) {
            makeWorkflowDriver(
                SleepWorkflow.self, namespace: "default", taskQueue: "test",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }
    }

    @Test("Queries wait their turn, and only the newest of several workflow tasks gets one")
    func turns() async throws {
        let cache = RunCache(capacity: 2)
        let run = try #require(await cache.checkOut("", startedEventID: 3, make: makeRun))
        let (answers, answer) = AsyncStream.makeStream(of: (isQuery: Bool, isGranted: Bool).self)
        for isQuery in [true, false, true, false] {
            Task {
                let turn = await cache.checkOut("", startedEventID: isQuery ? 0 : 3, make: makeRun)
                if let turn { await cache.checkIn(turn, keep: true) }
                answer.yield((isQuery, turn === run))
            }
        }
        var iterator = answers.makeAsyncIterator()
        // Of the two workflow tasks, the older gives way before the run is even free.
        let first = try #require(await iterator.next())
        #expect(!first.isQuery && !first.isGranted)
        await cache.checkIn(run, keep: true)
        var others: [Bool] = []
        for _ in 0..<3 { others.append(try #require(await iterator.next()).isGranted) }
        #expect(others == [true, true, true])
        thread.stop()
    }

    @Test("Whoever waits for a run that is dropped gets a new one")
    func dropped() async throws {
        let cache = RunCache(capacity: 2)
        let run = try #require(await cache.checkOut("", startedEventID: 3, make: makeRun))
        let waiting = Task { await cache.checkOut("", startedEventID: 0, make: makeRun) }
        await cache.checkIn(run, keep: false)
        let next = try #require(await waiting.value)
        #expect(next !== run)
        thread.stop()
    }
}
