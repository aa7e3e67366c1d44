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

    @Test("While a task waits for local activities, queries have the run one at a time, and other tasks do not")
    func lent() async throws {
        let cache = RunCache(capacity: 2)
        let run = try #require(await cache.checkOut("", startedEventID: 1, make: makeRun))
        await cache.lend(run)
        let query = try #require(await cache.checkOut("", startedEventID: 0, mayBorrow: true, make: makeRun))
        #expect(query === run)
        let (turns, turn) = AsyncStream.makeStream(of: String.self)
        var order = turns.makeAsyncIterator()
        Task {
            let task = await cache.checkOut("", startedEventID: 1, make: makeRun)
            turn.yield("task")
            if let task { await cache.checkIn(task, keep: true) }
        }
        let reclaiming = Task {
            await cache.reclaim(run)
            turn.yield("owner")
        }
        // Neither goes on before the query is answered, and then the task in hand comes first.
        await cache.checkIn(query, keep: false)
        #expect(await order.next() == "owner")
        await reclaiming.value
        await cache.checkIn(run, keep: true)
        #expect(await order.next() == "task")
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
