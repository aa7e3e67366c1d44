import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("Activities")
struct ActivityTests {
    @Test("Scenario 003: an activity is scheduled, and its result is the workflow's")
    func single() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let scheduled = history.activityScheduled(1, type: "work")
        try history.activityCompleted(scheduled: scheduled, result: "done")
        history.taskScheduledAndStarted()
        let commands = try play(history) { try await $0.work() }
        #expect(commands[0].types == [.scheduleActivityTask])
        #expect(commands[0][0].scheduleActivityTaskCommandAttributes.activityID == "1")
        #expect(commands[1].result == "done")
    }

    /// The histories of an activity that is cancelled: by a cancel request that comes when it is scheduled, or started.
    private func cancelled(whenStarted isStarted: Bool) throws -> (HistoryBuilder, scheduled: Int64) {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let scheduled = history.activityScheduled(1, type: "work")
        if isStarted { history.activityStarted(scheduled: scheduled) }
        history.cancelRequested()
        history.taskScheduledAndStarted()
        return (history, scheduled)
    }

    private func checkTryCancel(whenStarted isStarted: Bool) throws {
        var (history, scheduled) = try cancelled(whenStarted: isStarted)
        history.taskCompleted()
        history.activityCancelRequested(scheduled: scheduled)
        let timer = history.timerStarted(1)
        // What comes of the activity after all is of no interest any more.
        history.activityCanceled(scheduled: scheduled)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in try await Self.report(.tryCancel, context) }
        #expect(commands[1].types == [.requestCancelActivityTask, .startTimer])
        #expect(commands[1][0].requestCancelActivityTaskCommandAttributes.scheduledEventID == scheduled)
        #expect(commands[2].result == "cancelled")
    }

    private func checkWait(_ type: CancellationType, whenStarted isStarted: Bool) throws {
        var (history, scheduled) = try cancelled(whenStarted: isStarted)
        history.taskCompleted()
        history.activityCancelRequested(scheduled: scheduled)
        var completes = history
        history.activityCanceled(scheduled: scheduled)
        history.taskScheduledAndStarted()
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in try await Self.report(type, context) }
        #expect(commands[1].types == [.requestCancelActivityTask])
        #expect(commands[2].types == [.startTimer])
        #expect(commands[3].result == "cancelled")

        try completes.activityCompleted(scheduled: scheduled, result: "done all the same")
        completes.taskScheduledAndStarted()
        #expect(try play(completes) { try await $0.work(type) }[2].result == "done all the same")
    }

    private func checkAbandon(whenStarted isStarted: Bool) throws {
        var (history, _) = try cancelled(whenStarted: isStarted)
        history.taskCompleted()
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in try await Self.report(.abandon, context) }
        #expect(commands[1].types == [.startTimer])
        #expect(commands[2].result == "cancelled")
    }

    /// Says how the activity ended, after a timer that shows when the code went on.
    private static func report(_ type: CancellationType, _ context: WorkflowContext) async throws -> String {
        do {
            return try await context.work(type)
        } catch let failure as ActivityFailure where failure.cause is CanceledFailure {
            return try await context.shielded {
                try await context.sleep(for: .seconds(1))
                return "cancelled"
            }
        }
    }

    @Test("Scenario 043: a scheduled activity, tried to cancel, is asked to, and the code goes on at once")
    func scheduledTryCancel() throws { try checkTryCancel(whenStarted: false) }

    @Test("Scenario 044: a scheduled activity whose cancellation is waited for ends the wait by whatever comes of it")
    func scheduledWait() throws {
        try checkWait(.waitCancellationCompleted, whenStarted: false)
        try checkWait(.waitCancellationRequested, whenStarted: false)
    }

    @Test("Scenario 045: a scheduled activity that is abandoned is asked nothing")
    func scheduledAbandon() throws { try checkAbandon(whenStarted: false) }

    @Test("Scenario 046: a started activity, tried to cancel, is asked to, and the code goes on at once")
    func startedTryCancel() throws { try checkTryCancel(whenStarted: true) }

    @Test("Scenario 047: a started activity whose cancellation is waited for ends the wait by whatever comes of it")
    func startedWait() throws { try checkWait(.waitCancellationCompleted, whenStarted: true) }

    @Test("Scenario 048: a started activity that is abandoned is asked nothing")
    func startedAbandon() throws { try checkAbandon(whenStarted: true) }

    @Test("Scenario 049: an activity cancelled in the task that asked for it leaves no command at all")
    func cancelledBeforeSent() throws {
        let commands = try play(try .begun()) { context in
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask { try await context.work() }
                group.addTask {
                    // Gone on with by a condition: after the activity was asked for.
                    try await context.wait(until: { true })
                    return "first"
                }
                let first = try await group.next() ?? ""
                group.cancelAll()
                return first
            }
        }
        #expect(commands[0].types == [.completeWorkflowExecution])
        #expect(commands[0].result == "first")
    }

    @Test("Scenario 050: cancelling an activity that has completed asks nothing")
    func cancelledAfterCompletion() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let scheduled = history.activityScheduled(1, type: "work")
        try history.activityCompleted(scheduled: scheduled, result: "done")
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask { try await context.work() }
                let result = try await group.next() ?? ""
                group.cancelAll()
                return result
            }
        }
        #expect(commands[1].types == [.completeWorkflowExecution])
    }

    @Test("Scenario 051: an activity that completes in the task that cancels it ends once, and is not asked to cancel")
    func completedAndCancelled() throws {
        for completesFirst in [true, false] {
            var history = try HistoryBuilder.begun()
            history.taskCompleted()
            let scheduled = history.activityScheduled(1, type: "work")
            if !completesFirst { history.cancelRequested() }
            try history.activityCompleted(scheduled: scheduled, result: "done")
            if completesFirst { history.cancelRequested() }
            history.taskScheduledAndStarted()
            let commands = try play(history) { try await $0.work() }
            #expect(commands[1].types == [.completeWorkflowExecution], "completes first: \(completesFirst)")
            #expect(commands[1].result == "done")
        }
    }

    @Test("Scenario 052: the time-out of an activity is the cause of its failure, waiting for cancellation or not")
    func timeouts() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let scheduled = history.activityScheduled(1, type: "work")
        var cancelled = history
        for type in [TimeoutType.scheduleToStart, .scheduleToClose, .startToClose, .heartbeat] {
            var history = history
            if type == .startToClose || type == .heartbeat { history.activityStarted(scheduled: scheduled) }
            history.activityTimedOut(scheduled: scheduled, type, .timeout)
            history.taskScheduledAndStarted()
            let failure = try #require(try play(history) { try await $0.work() }[1].failure)
            #expect(failure.activityFailureInfo.activityType.name == "work")
            #expect(failure.activityFailureInfo.retryState == .timeout)
            #expect(failure.cause.timeoutFailureInfo.timeoutType == type)
        }
        cancelled.cancelRequested()
        cancelled.taskScheduledAndStarted()
        cancelled.taskCompleted()
        cancelled.activityCancelRequested(scheduled: scheduled)
        cancelled.activityTimedOut(scheduled: scheduled, .startToClose, .timeout)
        cancelled.taskScheduledAndStarted()
        let commands = try play(cancelled) { try await $0.work(.waitCancellationCompleted) }
        #expect(commands[2].failure?.cause.timeoutFailureInfo.timeoutType == .startToClose)
    }

    @Test("Scenario 053: why an activity was not tried again reaches the code, and the workflow's caller")
    func retryState() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let scheduled = history.activityScheduled(1, type: "work")
        history.activityFailed(
            scheduled: scheduled, ApplicationFailure("no funds", type: "Declined", isNonRetryable: true))
        history.taskScheduledAndStarted()
        let seen = Box<ActivityFailure?>(nil)
        let commands = try play(history) { context in
            do {
                return try await context.work()
            } catch let failure as ActivityFailure {
                seen.value = failure
                throw failure
            }
        }
        let failure = try #require(seen.value)
        #expect(failure.retryState == .nonRetryableFailure)
        #expect(failure.scheduledEventID == scheduled && failure.startedEventID == scheduled + 1)
        #expect((failure.cause as? ApplicationFailure)?.isNonRetryable == true)
        let sent = try #require(commands[1].failure)
        #expect(sent.activityFailureInfo.retryState == .nonRetryableFailure)
        #expect(sent.cause.applicationFailureInfo.type == "Declined")
    }

    @Test("Scenario 054: an abandoned activity may start and complete afterwards")
    func abandonedThenCompleted() throws {
        var (history, scheduled) = try cancelled(whenStarted: false)
        history.taskCompleted()
        let timer = history.timerStarted(1)
        try history.activityCompleted(scheduled: scheduled, result: "too late")
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in try await Self.report(.abandon, context) }
        #expect(commands[2].result == "cancelled")
    }
}
