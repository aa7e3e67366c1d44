import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Signals, cancellation and time of a run")
struct CancellationTests {
    private static let go = SignalType<NoValue>("go")

    @Test("Scenario 027: the handler of a signal runs before a timer of the same task resumes the code")
    func signalBeforeTimer() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        try history.signaled("go", NoValue())
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let order = Box("")
            context.setSignalHandler(Self.go) { _ in order.value += "signal " }
            try await context.sleep(for: .seconds(1))
            return order.value + "timer"
        }
        #expect(commands[1].result == "signal timer")
    }

    @Test("Scenario 029: a cancel request ends the waiting; the code decides whether it ends cancelled, done or failed")
    func cancelRequest() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        history.timerStarted(1)
        history.cancelRequested()
        history.taskScheduledAndStarted()
        let cancelled = try play(history) { context in
            try await context.sleep(for: .seconds(60))
            return ""
        }
        #expect(cancelled[1].types == [.cancelTimer, .cancelWorkflowExecution])
        let completed = try play(history) { context in
            try? await context.sleep(for: .seconds(60))
            return "done: \(context.isCancelRequested)"
        }
        #expect(completed[1].types == [.cancelTimer, .completeWorkflowExecution])
        #expect(completed[1].result == "done: true")
        let failed = try play(history) { context in
            do {
                try await context.sleep(for: .seconds(60))
            } catch {
                throw ApplicationFailure("could not clean up", type: "Dirty", cause: error)
            }
            return ""
        }
        #expect(failed[1].types == [.cancelTimer, .failWorkflowExecution])
        #expect(failed[1].failure?.applicationFailureInfo.type == "Dirty")
    }

    @Test("Scenario 030: a run cancelled before its first task begins, and ends as cancelled where it first waits")
    func cancelBeforeFirstTask() throws {
        var history = HistoryBuilder(workflowType: "BodyWorkflow")
        try history.started()
        history.cancelRequested()
        history.taskScheduledAndStarted()
        let begun = Box(0)
        let commands = try play(history) { context in
            begun.value += 1
            try await context.sleep(for: .seconds(60))
            return ""
        }
        #expect(begun.value > 0)
        #expect(commands[0].types == [.cancelWorkflowExecution])
    }

    @Test("Scenario 031: the handler of a signal that comes after the cancel request is not cancelled from the start")
    func signalAfterCancel() throws {
        var later = try HistoryBuilder.begun()
        later.taskCompleted()
        later.timerStarted(1)
        later.cancelRequested()
        later.taskScheduledAndStarted()
        later.taskCompleted()
        later.add(.timerCanceled, .timerCanceledEventAttributes(.with { $0.timerID = "1" }))
        let cleaning = later.timerStarted(2)
        try later.signaled("go", NoValue())
        later.taskScheduledAndStarted()
        later.taskCompleted()
        let work = later.activityScheduled(1, type: "work")
        try later.activityCompleted(scheduled: work, result: "handled")
        later.timerFired(2, started: cleaning)
        later.taskScheduledAndStarted()
        let handled = try play(later) { context in
            let result = Box("")
            context.setSignalHandler(Self.go) { _ in result.value = try await context.work() }
            try? await context.sleep(for: .seconds(60))
            try await context.shielded { try await context.sleep(for: .seconds(5)) }
            return result.value
        }
        #expect(handled[2].types == [.scheduleActivityTask])
        #expect(handled[3].result == "handled")
    }

    @Test("Scenario 032: a run that was reset draws other random values from there on, those of its new run id")
    func reset() throws {
        func history(isReset: Bool) throws -> HistoryBuilder {
            var history = try HistoryBuilder.begun()
            history.taskCompleted()
            let timer = history.timerStarted(1)
            history.timerFired(1, started: timer)
            history.taskScheduledAndStarted()
            if isReset {
                history.reset(newRunID: "e53c0d3e-d69d-4ffb-9b29-726b25db385e")
                history.taskScheduledAndStarted()
            }
            return history
        }
        let body: BodyWorkflow.Body = { context in
            let first = context.uuid()
            try await context.sleep(for: .seconds(1))
            return "\(first) \(context.uuid())"
        }
        let plain = try play(history(isReset: false), body)[1].result?.split(separator: " ")
        let reset = try play(history(isReset: true), body)[1].result?.split(separator: " ")
        #expect(plain?.first == reset?.first)
        #expect(plain?.last != reset?.last)
        var reference = WorkflowRandom(runID: "e53c0d3e-d69d-4ffb-9b29-726b25db385e")
        #expect(reset?.last.map(String.init) == "\(reference.uuid())")
    }

    @Test("Scenario 034: time is that of the concluding task, and never runs backwards")
    func clock() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        // Tasks that came to nothing, or only kept the run alive, have no time of their own.
        history.taskScheduledAndStarted()
        history.taskFailed()
        history.taskScheduledAndStarted()
        history.taskTimedOut()
        history.taskScheduledAndStarted()
        let times = history.concludedTasks.map { id in history.events[Int(id) - 1].eventTime.seconds }
        let commands = try play(history) { context in
            let first = context.now
            try await context.sleep(for: .seconds(1))
            return "\(Int(first.timeIntervalSince1970)) \(Int(context.now.timeIntervalSince1970))"
        }
        #expect(commands[1].result == "\(times[0]) \(times[1])")

        // The second task was started by a host whose clock is slow.
        var slow = try HistoryBuilder.begun()
        let start = slow.events[2].eventTime.seconds
        slow.taskCompleted()
        let slowTimer = slow.timerStarted(1)
        slow.timerFired(1, started: slowTimer)
        slow.taskScheduledAndStarted(secondsEarlier: 1000)
        let unmoved = try play(slow) { context in
            try await context.sleep(for: .seconds(1))
            return "\(Int(context.now.timeIntervalSince1970))"
        }
        #expect(unmoved[1].result == "\(start)")
    }

    @Test("Scenario 090: what was asked for after the end goes out before it, and a second end not at all")
    func commandsAfterTheEnd() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        try history.signaled("go", NoValue())
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let isTold = Box(false)
            context.setSignalHandler(Self.go) { _ in
                isTold.value = true
                try await context.wait(until: { context.memoFlag })
                try context.upsertMemo("late", true)
                throw ApplicationFailure("too late to fail", type: "Late")
            }
            try await context.wait(until: { isTold.value })
            try context.upsertMemo("flag", true)
            return "over"
        }
        #expect(
            commands[1].types == [.modifyWorkflowProperties, .modifyWorkflowProperties, .completeWorkflowExecution])
        #expect(commands[1].result == "over")
    }
}

extension WorkflowContext {
    fileprivate var memoFlag: Bool { info.memo["flag"] != nil }
}
