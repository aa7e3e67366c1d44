import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("The runner of local activities", .timeLimit(.minutes(5)))
struct LocalActivityRunnerTests {
    @Test("Scenario 062: short delays are waited for here, and each attempt knows its number and that it is local")
    func retries() async throws {
        let attempts = Mutex<[Int]>([])
        let runner = runner { _, context in
            #expect(context.isLocal)
            await context.heartbeat()
            attempts.withLock { $0.append(context.attempt) }
            if context.attempt < 3 { throw Bug() }
            return "done"
        }
        let resolution = try await resolve(
            runner, LocalActivityOptions(startToClose: .seconds(30), retryPolicy: .quick))
        #expect(resolution.attempt == 3)
        #expect(resolution.backoff == nil)
        #expect(try text(resolution) == "done")
        #expect(attempts.withLock { $0 } == [1, 2, 3])
    }

    @Test("Scenario 062: a delay above the threshold is handed back, and so is one the failure asks for")
    func longBackoff() async throws {
        let runner = runner { number, _ in
            throw ApplicationFailure("no", type: "No", nextRetryDelay: number == 2 ? .seconds(70) : nil)
        }
        let policy = RetryPolicy(initialInterval: .seconds(61))
        let options = LocalActivityOptions(startToClose: .seconds(30), retryPolicy: policy)
        #expect(try await resolve(runner, options).backoff == .seconds(61))
        #expect(try await resolve(runner, options, input: 2).backoff == .seconds(70))
        #expect(try await resolve(runner, options, attempt: 2).backoff == .seconds(122))
        var patient = options
        patient.localRetryThreshold = .seconds(60)
        patient.retryPolicy = RetryPolicy(maximumAttempts: 1)
        #expect(try await resolve(runner, patient).backoff == nil)
    }

    @Test("Scenario 062: a non-retryable failure, by its own word or the policy's, and the last attempt are final")
    func finalFailures() async throws {
        let runner = runner { number, _ in
            throw ApplicationFailure("no", type: "Hopeless", isNonRetryable: number == 1)
        }
        for (number, policy) in [
            (1, RetryPolicy.quick), (2, RetryPolicy(nonRetryableErrorTypes: ["hopeless"])), (3, RetryPolicy.never),
        ] {
            let resolution = try await resolve(
                runner, LocalActivityOptions(startToClose: .seconds(30), retryPolicy: policy), input: number)
            guard case .failed(let failure) = resolution.result else {
                Issue.record("not failed: \(resolution)")
                return
            }
            #expect(failure.applicationFailureInfo.type == "Hopeless")
            #expect(resolution.attempt == 1)
        }
    }

    @Test("Scenario 063: cancelled while it runs, while it waits for its next attempt, and while it waits for room")
    func cancellation() async throws {
        let calls = Mutex(0)
        let mayFail = Mutex(false)
        let runner = runner(slots: 1) { number, _ in
            calls.withLock { $0 += 1 }
            if number == 2 {
                try await eventually { mayFail.withLock { $0 } }
                throw Bug()
            }
            try await Task.sleep(for: .seconds(60))
            return ""
        }
        let options = LocalActivityOptions(
            startToClose: .seconds(60), retryPolicy: RetryPolicy(initialInterval: .seconds(50)))
        for number in [1, 2] {
            let inbox = LocalActivityInbox(runID: "run-\(number)", workflowID: "workflow")
            runner.start(try request(options, input: number), for: inbox)
            try await eventually { calls.withLock { $0 } == number }
            if number == 2 {
                runner.noteTaskReported(of: inbox.runID)
                mayFail.withLock { $0 = true }
                try await eventually { runner.laterAttempts(of: inbox.runID) == 1 }
            }
            runner.cancel(1, for: inbox)
            try expectCanceled(await inbox.next(before: .now + .seconds(120)))
        }
        let first = LocalActivityInbox(runID: "first", workflowID: "workflow")
        let second = LocalActivityInbox(runID: "second", workflowID: "workflow")
        runner.start(try request(options), for: first)
        try await eventually { calls.withLock { $0 } == 3 }
        runner.start(try request(options), for: second)
        runner.cancel(1, for: second)
        try expectCanceled(await second.next(before: .now + .seconds(120)))
        #expect(calls.withLock { $0 } == 3)
        runner.end()
    }

    @Test("Scenario 064: no room in time is a schedule-to-start time-out, which is final")
    func scheduleToStart() async throws {
        let calls = Mutex(0)
        let runner = runner(slots: 1) { _, _ in
            calls.withLock { $0 += 1 }
            try await Task.sleep(for: .seconds(60))
            return ""
        }
        let blocking = LocalActivityInbox(runID: "blocking", workflowID: "workflow")
        runner.start(try request(LocalActivityOptions(startToClose: .seconds(60))), for: blocking)
        try await eventually { calls.withLock { $0 } == 1 }
        let resolution = try await resolve(
            runner, LocalActivityOptions(scheduleToStart: .milliseconds(30), startToClose: .seconds(60)))
        #expect(timeout(resolution) == .scheduleToStart)
        runner.end()
    }

    @Test(
        "Scenario 064: the limit for starting is counted anew after a durable timer, the limit over all attempts is not"
    )
    func originalTime() async throws {
        let runner = runner { _, _ in "done" }
        let longAgo = Google_Protobuf_Timestamp(date: Date(timeIntervalSinceNow: -1200))
        let options = LocalActivityOptions(scheduleToClose: .seconds(3600), scheduleToStart: .seconds(60))
        let started = try await resolve(runner, options, attempt: 2, originalScheduleTime: longAgo)
        #expect(try text(started) == "done")
        #expect(started.originalScheduleTime == longAgo)
        let late = LocalActivityOptions(scheduleToClose: .seconds(600), scheduleToStart: .seconds(60))
        let ended = try await resolve(runner, late, attempt: 2, originalScheduleTime: longAgo)
        #expect(timeout(ended) == .scheduleToClose)
        #expect(ended.attempt == 2)
    }

    @Test("Scenario 064: an attempt that takes too long is followed by another; all of them together are not")
    func startToClose() async throws {
        let runner = runner { number, context in
            if number == 2 || context.attempt == 1 { try await Task.sleep(for: .seconds(60)) }
            return "done"
        }
        // The second attempt has as long, on a busy machine too.
        let retried = try await resolve(
            runner, LocalActivityOptions(startToClose: .seconds(6), retryPolicy: .quick))
        #expect(try text(retried) == "done")
        #expect(retried.attempt == 2)
        let ended = try await resolve(
            runner, LocalActivityOptions(scheduleToClose: .milliseconds(80), retryPolicy: .quick), input: 2)
        #expect(timeout(ended) == .scheduleToClose)
        let waiting = self.runner { _, _ in throw Bug() }
        let slow = LocalActivityOptions(
            scheduleToClose: .milliseconds(50), retryPolicy: RetryPolicy(initialInterval: .seconds(30)))
        let overdue = try await resolve(waiting, slow)
        #expect(timeout(overdue) == .scheduleToClose)
    }

    @Test("Scenario 060: asked for twice by a run that was rebuilt, an activity runs once, and the newer is told")
    func idempotence() async throws {
        let calls = Mutex(0)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let runner = runner { _, _ in
            calls.withLock { $0 += 1 }
            for await _ in gate { break }
            return "done"
        }
        let old = LocalActivityInbox(runID: "run", workflowID: "workflow")
        let new = LocalActivityInbox(runID: "run", workflowID: "workflow")
        let request = try request(LocalActivityOptions(startToClose: .seconds(60)))
        runner.start(request, for: old)
        try await eventually { calls.withLock { $0 } == 1 }
        runner.start(request, for: new)
        // What the old instance no longer wants, the new one does.
        runner.drop(old)
        open.yield()
        guard case .resolved(let resolution) = await new.next(before: .now + .seconds(120)) else {
            Issue.record("not told")
            return
        }
        #expect(try text(resolution) == "done")
        #expect(calls.withLock { $0 } == 1)
        #expect(old.takeAll().isEmpty)
    }

    @Test("What ends at the moment in which its run leaves memory is there when the run is back")
    func endsWhileLeaving() async throws {
        let calls = Mutex(0)
        let runner = runner { _, _ in
            calls.withLock { $0 += 1 }
            return "done"
        }
        let request = try request(LocalActivityOptions(startToClose: .seconds(60)))
        for round in 1...2_000 {
            let runID = "run-\(round)"
            let inbox = LocalActivityInbox(runID: runID, workflowID: "workflow")
            runner.start(request, for: inbox)
            // Neither before nor after its end: the two meet at a different point each time.
            while calls.withLock({ $0 }) < round { await Task.yield() }
            for _ in 0..<round % 40 { await Task.yield() }
            runner.leave(inbox)
            let back = LocalActivityInbox(runID: runID, workflowID: "workflow")
            runner.start(request, for: back)
            guard case .resolved = await back.next(before: .now + .seconds(120)) else {
                Issue.record("round \(round): not told")
                return
            }
            guard calls.withLock({ $0 }) == round else {
                Issue.record("round \(round): started again")
                return
            }
        }
    }

    @Test("Scenario 067: what is dropped is cancelled, and nobody is told")
    func dropped() async throws {
        let events = Mutex<[String]>([])
        let runner = runner { _, _ in
            events.withLock { $0.append("began") }
            do {
                try await Task.sleep(for: .seconds(60))
            } catch {
                events.withLock { $0.append("cancelled") }
                throw error
            }
            return ""
        }
        let inbox = LocalActivityInbox(runID: "run", workflowID: "workflow")
        runner.start(try request(LocalActivityOptions(startToClose: .seconds(60))), for: inbox)
        try await eventually { events.withLock { $0.count } == 1 }
        runner.drop(inbox)
        try await eventually { events.withLock { $0 } == ["began", "cancelled"] }
        #expect(inbox.takeAll().isEmpty)
    }

    @Test("Scenario 071: attempts count as later ones once a task was answered meanwhile, and each is counted once")
    func metering() async throws {
        let calls = Mutex(0)
        let isDone = Mutex(false)
        let runner = runner { _, _ in
            calls.withLock { $0 += 1 }
            guard isDone.withLock({ $0 }) else { throw Bug() }
            return "done"
        }
        let inbox = LocalActivityInbox(runID: "run", workflowID: "workflow")
        let policy = RetryPolicy(initialInterval: .milliseconds(5), backoffCoefficient: 1)
        runner.start(try request(LocalActivityOptions(startToClose: .seconds(60), retryPolicy: policy)), for: inbox)
        try await eventually { calls.withLock { $0 } > 2 }
        #expect(runner.laterAttempts(of: "run") == 0)
        let before = calls.withLock { $0 }
        runner.noteTaskReported(of: "run")
        try await eventually { runner.laterAttempts(of: "run") >= 2 }
        #expect(runner.laterAttempts(of: "another") == 0)
        #expect(runner.laterAttempts(of: "run") <= calls.withLock { $0 } - before + 1)
        isDone.withLock { $0 = true }
        _ = await inbox.next(before: .now + .seconds(120))
        #expect(runner.laterAttempts(of: "run") == 0)
    }

    @Test("Whoever waits is told when everything is ended, and when a heartbeat is due")
    func endings() async throws {
        let runner = runner { _, _ in
            try await Task.sleep(for: .seconds(60))
            return ""
        }
        let inbox = LocalActivityInbox(runID: "run", workflowID: "workflow")
        runner.start(try request(LocalActivityOptions(startToClose: .seconds(60))), for: inbox)
        guard case .heartbeatDue = await inbox.next(before: .now + .milliseconds(10)) else {
            Issue.record("no heartbeat")
            return
        }
        runner.end(after: .milliseconds(10))
        guard case .closed = await inbox.next(before: .now + .seconds(120)) else {
            Issue.record("not told of the end")
            return
        }
        let late = LocalActivityInbox(runID: "late", workflowID: "workflow")
        runner.start(try request(LocalActivityOptions(startToClose: .seconds(60))), for: late)
        guard case .closed = await late.next(before: .now + .seconds(120)) else {
            Issue.record("started after the end")
            return
        }
    }

    // MARK: -

    private func runner(
        slots: Int = 10, _ body: @escaping @Sendable (Int, ActivityContext) async throws -> String
    ) -> LocalActivityRunner {
        var activities = Activities()
        activities.register(Local.work, body)
        return LocalActivityRunner(
            activities: activities, slots: slots, converter: .standard, logger: Logger(label: "test"))
    }

    private func request(
        _ options: LocalActivityOptions, input: Int = 1, attempt: Int = 1,
        originalScheduleTime: Google_Protobuf_Timestamp? = nil
    ) throws -> LocalActivityRequest {
        LocalActivityRequest(
            sequence: 1,
            schedule: ScheduleLocalActivity(
                type: Local.work.name, input: try DataConverter.standard.payloads(encoding: input), options: options,
                attempt: attempt, originalScheduleTime: originalScheduleTime))
    }

    private func resolve(
        _ runner: LocalActivityRunner, _ options: LocalActivityOptions, input: Int = 1, attempt: Int = 1,
        originalScheduleTime: Google_Protobuf_Timestamp? = nil
    ) async throws -> LocalActivityResolution {
        let inbox = LocalActivityInbox(runID: UUID().uuidString, workflowID: "workflow")
        runner.start(
            try request(options, input: input, attempt: attempt, originalScheduleTime: originalScheduleTime), for: inbox
        )
        let event = await inbox.next(before: .now + .seconds(120))
        guard case .resolved(let resolution) = event else { throw ApplicationFailure("\(event)", type: "NotResolved") }
        return resolution
    }

    private func text(_ resolution: LocalActivityResolution) throws -> String? {
        guard case .completed(let payloads) = resolution.result else { return nil }
        return try DataConverter.standard.decode(String.self, from: payloads)
    }

    private func timeout(_ resolution: LocalActivityResolution) -> TimeoutType? {
        guard case .failed(let failure) = resolution.result, resolution.backoff == nil else { return nil }
        return failure.timeoutFailureInfo.timeoutType
    }

    private func expectCanceled(_ event: LocalActivityInbox.Event) throws {
        guard case .resolved(let resolution) = event, case .canceled = resolution.result else {
            Issue.record("not cancelled: \(event)")
            return
        }
    }
}

extension RetryPolicy {
    fileprivate static let quick = RetryPolicy(initialInterval: .milliseconds(5), backoffCoefficient: 1)
}
