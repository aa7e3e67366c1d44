import Foundation
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("History that comes in pages")
struct PagingTests {
    @Test("Scenario 006: a history of twenty events is cut into the same pieces at every page size")
    func everyPageSize() throws {
        var history = try firstTask("ParallelWorkflow", input: "x")
        history.taskCompleted()
        let first = history.activityScheduled(1, type: "first")
        let second = history.activityScheduled(2, type: "second")
        try history.activityCompleted(scheduled: second, result: "b")
        history.task()
        try history.activityCompleted(scheduled: first, result: "a")
        history.taskScheduledAndStarted()
        history.taskTimedOut()
        history.taskScheduledAndStarted()
        history.taskCompleted()
        try history.completed(result: "ab")
        #expect(history.events.count == 20)
        let whole = try pieces(of: history.events, pageSize: history.events.count)
        #expect(whole == [3, 10, 18, 20])
        for size in 1...history.events.count { #expect(try pieces(of: history.events, pageSize: size) == whole) }
    }

    @Test("Scenario 007: an empty page in the middle is followed by the rest")
    func emptyPage() throws {
        let history = try slept()
        var buffer = HistoryBuffer()
        #expect(try buffer.begin(events: Array(history[..<4]), token: Data([1]), startedEventID: 8))
        guard case .needsPage = buffer.next() else {
            Issue.record("the first task may not be handed out before what came of it is known")
            return
        }
        try buffer.add(page: [], token: Data([2]))
        guard case .needsPage(let token) = buffer.next() else {
            Issue.record("an empty page is not the end")
            return
        }
        #expect(token == Data([2]))
        try buffer.add(page: Array(history[4...]), token: Data())
        #expect(buffer.rest == [3, 8])
    }

    @Test("A page that is empty again and again, with the same token, is an error and no endless loop")
    func samePageForEver() throws {
        var buffer = HistoryBuffer()
        #expect(try buffer.begin(events: Array(try slept()[..<4]), token: Data([1]), startedEventID: 8))
        #expect(throws: WorkflowTaskFailure.self) { try buffer.add(page: [], token: Data([1])) }
    }

    private func slept() throws -> [HistoryEvent] {
        var history = try firstTask("SleepWorkflow")
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        return history.events
    }
}

/// The last event of each piece of a history that comes in pages of a size.
func pieces(of events: [HistoryEvent], pageSize: Int) throws -> [Int64] {
    let pages = stride(from: 0, to: events.count, by: pageSize).map {
        Array(events[$0..<min($0 + pageSize, events.count)])
    }
    var buffer = HistoryBuffer()
    var ends: [Int64] = []
    var next = 1
    let started = events.last { $0.eventType == .workflowTaskStarted }?.eventID ?? 0
    func token() -> Data { next < pages.count ? Data("\(next)".utf8) : Data() }
    _ = try buffer.begin(events: pages.first ?? [], token: token(), startedEventID: started)
    while true {
        switch buffer.next() {
        case .piece(let piece): ends.append(piece.events.last?.eventID ?? 0)
        case .needsPage:
            let page = pages[next]
            next += 1
            try buffer.add(page: page, token: token())
        case .exhausted: return ends
        }
    }
}

extension HistoryBuffer {
    /// The last events of the pieces that are left.
    fileprivate var rest: [Int64] {
        var copy = self
        var ends: [Int64] = []
        while case .piece(let piece) = copy.next() { ends.append(piece.events.last?.eventID ?? 0) }
        return ends
    }
}
