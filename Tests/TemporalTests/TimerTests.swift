import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("Timers")
struct TimerTests {
    @Test("Scenario 002: two timers of one task start in the code's order, and resume it in the order of their firing")
    func parallelTimers() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let first = history.timerStarted(1)
        let second = history.timerStarted(2)
        history.timerFired(2, started: second)
        history.timerFired(1, started: first)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let order = Box<[Int]>([])
            try await withThrowingTaskGroup { group in
                for number in 1...2 {
                    group.addTask {
                        try await context.sleep(for: .seconds(number))
                        order.value.append(number)
                    }
                }
                try await group.waitForAll()
            }
            return "\(order.value)"
        }
        #expect(commands[0].types == [.startTimer, .startTimer])
        #expect(commands[0].map { $0.startTimerCommandAttributes.startToFireTimeout.seconds } == [1, 2])
        #expect(commands[1].result == "[2, 1]")
    }

    @Test("Scenario 037: a started timer is cancelled by a command, which its event answers")
    func cancelled() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let timer = history.timerStarted(1)
        let scheduled = history.activityScheduled(1, type: "work")
        try history.activityCompleted(scheduled: scheduled, result: "done")
        history.taskScheduledAndStarted()
        history.taskCompleted()
        history.timerCanceled(1, started: timer)
        let next = history.timerStarted(2)
        history.timerFired(2, started: next)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let result = try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask {
                    try await context.sleep(for: .seconds(60))
                    return "late"
                }
                group.addTask { try await context.work() }
                defer { group.cancelAll() }
                return try await group.next() ?? ""
            }
            try await context.sleep(for: .seconds(1))
            return result
        }
        #expect(commands[1].types == [.cancelTimer, .startTimer])
        #expect(commands[1][0].cancelTimerCommandAttributes.timerID == "1")
        #expect(commands[2].result == "done")
    }

    @Test("Scenario 038: a timer that fired while it was being cancelled counts as cancelled, and holds nothing up")
    func cancelledWhileFiring() throws {
        // The server drops the buffered TimerFired when CancelTimer comes: history has TimerCanceled alone.
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let timer = history.timerStarted(1)
        try history.signaled("stop", NoValue())
        history.taskScheduledAndStarted()
        history.taskCompleted()
        history.timerCanceled(1, started: timer)
        let scheduled = history.activityScheduled(1, type: "work")
        try history.activityCompleted(scheduled: scheduled, result: " for good")
        history.taskScheduledAndStarted()
        let stop = SignalType<NoValue>("stop")
        let commands = try play(history) { context in
            let isStopped = Box(false)
            context.setSignalHandler(stop) { _ in isStopped.value = true }
            let isInTime = try await context.wait(until: { isStopped.value }, timeout: .seconds(1))
            return try await (isInTime ? "stopped" : "fired") + context.work()
        }
        #expect(commands[1].types == [.cancelTimer, .scheduleActivityTask])
        #expect(commands[2].result == "stopped for good")
    }

    @Test("Scenario 039: a timer that history knows by another id is refused")
    func mismatch() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let timer = history.timerStarted(7)
        history.timerFired(7, started: timer)
        history.taskScheduledAndStarted()
        let body: BodyWorkflow.Body = { context in
            try await context.sleep(for: .seconds(1))
            return ""
        }
        let failure = try #require(replay(history, body).taskFailure)
        #expect(failure.cause == .nonDeterministicError)
        #expect(failure.failure.message.contains("timer 7") && failure.failure.message.contains("timer 1"))

        var fired = try HistoryBuilder.begun()
        fired.taskCompleted()
        let started = fired.timerStarted(1)
        fired.timerFired(2, started: started)
        fired.taskScheduledAndStarted()
        #expect(replay(fired, body).taskFailure?.cause == .nonDeterministicError)
    }

    @Test("Scenario 040: a timer of no time is one of a millisecond, and one of less is refused")
    func zero() throws {
        let commands = try play(try HistoryBuilder.begun()) { context in
            try await context.sleep(for: .zero)
            return ""
        }
        #expect(commands[0].types == [.startTimer])
        #expect(commands[0][0].startTimerCommandAttributes.startToFireTimeout.nanos == 1_000_000)

        let refused = replay(try .begun()) { context in
            try await context.sleep(for: .seconds(-1))
            return ""
        }
        #expect(refused.taskFailure?.cause == .workflowWorkerUnhandledFailure)
    }

    @Test("Scenario 042: of conditions that come to hold together, the one that waited first goes on first")
    func conditions() throws {
        for round in 1...50 {
            var history = try HistoryBuilder.begun()
            history.taskCompleted()
            try history.signaled("go", NoValue())
            history.taskScheduledAndStarted()
            let commands = try play(history) { context in
                let (isTold, order) = (Box(false), Box<[Int]>([]))
                context.setSignalHandler(SignalType<NoValue>("go")) { _ in isTold.value = true }
                try await withThrowingTaskGroup { group in
                    for number in 0..<round {
                        group.addTask {
                            try await context.wait(until: { isTold.value })
                            order.value.append(number)
                        }
                    }
                    try await group.waitForAll()
                }
                return "\(order.value)"
            }
            #expect(commands[1].result == "\(Array(0..<round))")
        }
    }

    @Test("A timer's summary goes out with it")
    func summary() throws {
        let commands = try play(try .begun()) { context in
            try await context.sleep(for: .seconds(1), summary: "settlement day")
            return ""
        }
        let summary = commands[0][0].userMetadata.summary
        #expect(try DataConverter.standard.decode(String.self, from: summary) == "settlement day")
    }
}
