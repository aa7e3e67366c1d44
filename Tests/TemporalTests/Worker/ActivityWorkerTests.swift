import Foundation
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("Activities in a worker", .timeLimit(.minutes(5)))
struct ActivityWorkerTests {
    private static let type = ActivityType<NoValue, String>("work")

    private func worker(
        _ service: ScriptedService, clock: ManualClock = ManualClock(), grace: Duration = .zero,
        _ body: @escaping @Sendable (ActivityContext) async throws -> String
    ) -> Worker {
        var activities = Activities()
        activities.register(Self.type) { _, context in try await body(context) }
        return Worker.scripted(service, activities: activities) {
            $0.clock = clock.clock
            $0.activityGracePeriod = grace
        }
    }

    /// Goes on until it is cancelled, and says why it was.
    private static func untilCancelled(_ context: ActivityContext) async throws -> String {
        while !Task.isCancelled {
            await context.heartbeat()
            try? await Task.sleep(for: .milliseconds(1))
        }
        throw CanceledFailure("because \(context.cancellationReason.map { "\($0)" } ?? "of nothing")")
    }

    private func task(
        _ token: String = "1", heartbeat: Int64 = 10, startToClose: Int64 = 0
    ) -> PollActivityTask {
        .activity(token, "work") {
            $0.heartbeatTimeout.seconds = heartbeat
            if startToClose > 0 { $0.startToCloseTimeout.seconds = startToClose }
        }
    }

    @Test("Scenario 118: the first heartbeat goes out at once, later ones together at the end of each interval")
    func throttling() async throws {
        let service = ScriptedService()
        let clock = ManualClock()
        let (steps, step) = AsyncStream.makeStream(of: Int.self)
        let recorded = Mutex(0)
        let worker = worker(service, clock: clock) { context in
            for await value in steps {
                try await context.heartbeat(value)
                recorded.withLock { $0 = value }
            }
            return "done"
        }
        func sent() -> [String] {
            service.calls(.recordActivityTaskHeartbeat).map {
                String(decoding: $0.details.payloads.first?.data ?? Data(), as: UTF8.self)
            }
        }
        try await worker.serve {
            service.deliver(task(heartbeat: 5))
            step.yield(1)
            // The interval is four fifths of the time-out; the timer that ends a silent attempt waits too, 5 s longer.
            try await service.wait("the first") { sent() == ["1"] && clock.sleepers == 2 }
            for value in 2...4 { step.yield(value) }
            try await service.wait("the heartbeats to be held back") { recorded.withLock { $0 } == 4 }
            clock.advance(by: .milliseconds(3_900))
            #expect(sent() == ["1"])
            clock.advance(by: .milliseconds(100))
            try await service.wait("the latest") { sent() == ["1", "4"] && clock.sleepers == 2 }
            // Nothing new: nothing is sent, and the next one goes out at once again.
            clock.advance(by: .seconds(4))
            try await service.wait("the end of the interval") { clock.sleepers == 1 }
            step.yield(5)
            try await service.wait("another") { sent() == ["1", "4", "5"] && clock.sleepers == 2 }
            step.yield(6)
            step.finish()
            _ = try await service.call(1, of: .respondActivityTaskCompleted)
            #expect(sent() == ["1", "4", "5"])
        }
    }

    @Test("Scenario 118: a failed attempt hands on what its last heartbeat said", arguments: [true, false])
    func flushOnFailure(carries: Bool) async throws {
        let service = ScriptedService(capabilities: .with { $0.activityFailureIncludeHeartbeat = carries })
        let worker = worker(service) { context in
            try await context.heartbeat("first")
            while service.calls(.recordActivityTaskHeartbeat).isEmpty { await Task.yield() }
            try await context.heartbeat("last")
            throw Bug()
        }
        try await worker.serve {
            service.deliver(task())
            let failed = try await service.call(1, of: .respondActivityTaskFailed)
            #expect(failed.failure.applicationFailureInfo.type == "Bug")
            let attached = failed.lastHeartbeatDetails.payloads.map { String(decoding: $0.data, as: UTF8.self) }
            let sent = service.calls(.recordActivityTaskHeartbeat).map {
                String(decoding: $0.details.payloads.first?.data ?? Data(), as: UTF8.self)
            }
            #expect(attached == (carries ? ["\"last\""] : []))
            #expect(sent == (carries ? ["\"first\""] : ["\"first\"", "\"last\""]))
        }
    }

    @Test("Scenario 119: a cancellation reaches the activity once, and is reported as asked for")
    func cancelled() async throws {
        let service = ScriptedService()
        service.answer(.recordActivityTaskHeartbeat) { _ in .with { $0.cancelRequested = true } }
        try await worker(service) { try await Self.untilCancelled($0) }.serve {
            for index in 0..<20 { service.deliver(task("\(index)")) }
            _ = try await service.call(20, of: .respondActivityTaskCanceled)
            #expect(service.calls(.recordActivityTaskHeartbeat).count == 20)
            #expect(service.calls(.respondActivityTaskFailed).isEmpty)
        }
    }

    @Test("An activity may ignore its cancellation and complete")
    func ignoredCancellation() async throws {
        let service = ScriptedService()
        service.answer(.recordActivityTaskHeartbeat) { _ in .with { $0.cancelRequested = true } }
        let worker = worker(service) { context in
            _ = try? await Self.untilCancelled(context)
            return "\(context.cancellationReason == .cancelRequested)"
        }
        try await worker.serve {
            service.deliver(task())
            let completed = try await service.call(1, of: .respondActivityTaskCompleted)
            #expect(completed.result.payloads.first?.data == Data("\"true\"".utf8))
        }
    }

    @Test("Scenario 120: an attempt the server no longer knows is cancelled, and nothing is reported")
    func gone() async throws {
        let service = ScriptedService()
        service.answer(.recordActivityTaskHeartbeat) { _ in throw TemporalRPCError.scripted(.notFound) }
        let reason = Mutex<ActivityCancellationReason?>(nil)
        let worker = worker(service) { context in
            defer { reason.withLock { $0 = context.cancellationReason } }
            return try await Self.untilCancelled(context)
        }
        try await worker.serve {
            service.deliver(task())
            try await service.wait("its end") { worker.activityWork.count == 0 && reason.withLock { $0 } == .gone }
        }
        #expect(service.calls(.respondActivityTaskFailed).isEmpty)
        #expect(service.calls(.respondActivityTaskCanceled).isEmpty)
    }

    @Test("Scenario 124: a paused or reset activity fails so that it is tried again; a cancellation counts for more")
    func pausedAndReset() async throws {
        for (flags, type) in [
            ((false, true, false), "ActivityPause"), ((false, true, true), "ActivityReset"), ((true, true, true), nil),
        ] {
            let service = ScriptedService()
            service.answer(.recordActivityTaskHeartbeat) { _ in
                .with {
                    $0.cancelRequested = flags.0
                    $0.activityPaused = flags.1
                    $0.activityReset = flags.2
                }
            }
            try await worker(service) { try await Self.untilCancelled($0) }.serve {
                service.deliver(task())
                guard let type else {
                    _ = try await service.call(1, of: .respondActivityTaskCanceled)
                    return
                }
                let failed = try await service.call(1, of: .respondActivityTaskFailed)
                #expect(failed.failure.applicationFailureInfo.type == type)
                #expect(!failed.failure.applicationFailureInfo.nonRetryable)
            }
        }
    }

    @Test("An attempt that is over its time, or silent for too long, is cancelled after some seconds, and not reported")
    func overdue() async throws {
        for (heartbeat, startToClose) in [(Int64(0), Int64(20)), (20, 0)] {
            let service = ScriptedService()
            let clock = ManualClock()
            let reason = Mutex<ActivityCancellationReason?>(nil)
            let worker = worker(service, clock: clock) { context in
                defer { reason.withLock { $0 = context.cancellationReason } }
                try await Task.sleep(for: .seconds(600))
                return "never"
            }
            try await worker.serve {
                service.deliver(task(heartbeat: heartbeat, startToClose: startToClose))
                try await service.wait("the timer") { clock.sleepers == 1 }
                clock.advance(by: .seconds(24))
                #expect(worker.activityWork.count == 1)
                clock.advance(by: .seconds(1))
                try await service.wait("its end") {
                    reason.withLock { $0 } == .timedOut && worker.activityWork.count == 0
                }
            }
            #expect(service.calls(.respondActivityTaskFailed).isEmpty)
        }
    }

    @Test(
        "Scenario 121: a shutdown cancels activities at once without a grace period; the server may give them to others"
    )
    func shutdown() async throws {
        let service = ScriptedService()
        let worker = worker(service) { try await Self.untilCancelled($0) }
        try await worker.serve {
            service.deliver(task())
            try await service.wait("the activity") { worker.activityWork.count == 1 }
        }
        let failed = try #require(service.calls(.respondActivityTaskFailed).first)
        #expect(failed.failure.applicationFailureInfo.type == "WorkerShutdown")
        #expect(!failed.failure.applicationFailureInfo.nonRetryable)
    }

    @Test("Scenario 121: within the grace period activities go on, and may complete")
    func grace() async throws {
        let service = ScriptedService()
        let clock = ManualClock()
        let gate = AsyncGate()
        let worker = worker(service, clock: clock, grace: .seconds(60)) { context in
            if context.info.activityID == "quick" {
                await gate.pass()
                return "in time"
            }
            return try await Self.untilCancelled(context)
        }
        let running = Task { try await worker.run() }
        service.deliver(task("quick", heartbeat: 0))
        service.deliver(task("slow", heartbeat: 0))
        try await service.wait("the activities") { gate.entered == 1 && worker.activityWork.count == 2 }
        worker.shutdown()
        _ = try await service.call(1, of: .shutdownWorker)
        gate.open()
        let completed = try await service.call(1, of: .respondActivityTaskCompleted)
        #expect(completed.taskToken == Data("quick".utf8))
        #expect(service.calls(.respondActivityTaskFailed).isEmpty)
        // The heartbeats of the slow one wait on the same clock.
        try await service.wait("the grace period") { clock.sleepers == 2 }
        clock.advance(by: .seconds(60))
        try await running.value
        let failed = try #require(service.calls(.respondActivityTaskFailed).first)
        #expect(failed.failure.applicationFailureInfo.type == "WorkerShutdown")
    }

    @Test(
        "One timer ends each overdue activity in its time: those that came later and must end sooner, and those heard of meanwhile"
    )
    func alarm() async throws {
        let clock = ManualClock()
        let running = RunningActivities(clock: clock.clock)
        let (late, soon, alive) = (ActivityCancellation(), ActivityCancellation(), ActivityCancellation())
        let beat = Mutex(Duration.zero)
        _ = running.add(late) { .seconds(60) }
        _ = running.add(soon) { .seconds(10) }
        _ = running.add(alive) { beat.withLock(\.self) + .seconds(10) }
        beat.withLock { $0 = .seconds(5) }
        // A timer that is set while the clock moves would wait from then on.
        try await eventually("the timer waits") { clock.sleepers == 1 }
        clock.advance(by: .seconds(10))
        try await eventually("the first is ended") { soon.reason == .timedOut }
        #expect(alive.reason == nil)
        try await eventually("the timer waits again") { clock.sleepers == 1 }
        clock.advance(by: .seconds(5))
        try await eventually("the silent one is ended") { alive.reason == .timedOut }
        #expect(late.reason == nil)
        try await eventually("the timer waits for the last") { clock.sleepers == 1 }
        clock.advance(by: .seconds(45))
        try await eventually("the last is ended") { late.reason == .timedOut }
        #expect(clock.sleepers == 0)
    }

    @Test("Scenario 121: an activity that comes when all are being cancelled is cancelled too")
    func late() {
        let running = RunningActivities(clock: .system)
        running.end()
        let cancellation = ActivityCancellation()
        _ = running.add(cancellation)
        #expect(cancellation.reason == .workerShutdown)
    }

    @Test("An activity that goes on elsewhere is not reported, and gives its room back")
    func completesAsynchronously() async throws {
        let service = ScriptedService()
        let token = Mutex(Data())
        let worker = worker(service) { context in
            token.withLock { $0 = context.taskToken }
            throw CompleteAsync()
        }
        try await worker.serve {
            service.deliver(task("elsewhere"))
            try await service.wait("the activity") {
                token.withLock { $0 } == Data("elsewhere".utf8) && worker.activitySlots.free == 95
            }
        }
        #expect(service.calls(.respondActivityTaskCompleted).isEmpty)
        #expect(service.calls(.respondActivityTaskFailed).isEmpty)
    }

    @Test("A result that is too large becomes a failure that says so")
    func tooLarge() async throws {
        let service = ScriptedService()
        service.answer(.respondActivityTaskCompleted) { _ in
            throw TemporalRPCError.scripted(.resourceExhausted, tooLarge: true)
        }
        try await worker(service) { _ in "large" }.serve {
            service.deliver(task())
            let failed = try await service.call(1, of: .respondActivityTaskFailed)
            #expect(failed.failure.applicationFailureInfo.type == "PayloadTooLarge")
            // It would be as large the next time.
            #expect(failed.failure.applicationFailureInfo.nonRetryable)
        }
    }

    @Test("A failure that is too large becomes one that says so, and so does a cancellation", arguments: [false, true])
    func failureTooLarge(isCancelled: Bool) async throws {
        let service = ScriptedService(capabilities: .with { $0.activityFailureIncludeHeartbeat = true })
        service.answer(.recordActivityTaskHeartbeat) { _ in .with { $0.cancelRequested = isCancelled } }
        service.answer(.respondActivityTaskCanceled) { _ in
            throw TemporalRPCError.scripted(.resourceExhausted, tooLarge: true)
        }
        service.answer(.respondActivityTaskFailed) { request in
            if request.failure.message == "large" {
                throw TemporalRPCError.scripted(.resourceExhausted, tooLarge: true)
            }
            return .init()
        }
        let worker = worker(service) { context in
            if isCancelled { return try await Self.untilCancelled(context) }
            throw ApplicationFailure("large", type: "Large")
        }
        try await worker.serve {
            service.deliver(task())
            let failed = try await service.call(isCancelled ? 1 : 2, of: .respondActivityTaskFailed)
            #expect(failed.failure.applicationFailureInfo.type == "PayloadTooLarge")
            #expect(failed.failure.applicationFailureInfo.nonRetryable)
        }
    }

    @Test("What has no implementation goes to the one for all, or fails with the names of those there are")
    func dynamic() async throws {
        let service = ScriptedService()
        var activities = Activities()
        activities.register(Self.type) { _, _ in "own" }
        try await Worker.scripted(service, activities: activities).serve {
            service.deliver(.activity("1", "other"))
            let failed = try await service.call(1, of: .respondActivityTaskFailed)
            #expect(failed.failure.applicationFailureInfo.type == "NotFoundError")
            #expect(failed.failure.message.contains("registered are work"))
        }
        activities.registerDynamic { arguments, context in "\(context.activityType) of \(arguments.payloads.count)" }
        let other = ScriptedService()
        try await Worker.scripted(other, activities: activities).serve {
            other.deliver(.activity("1", "other") { $0.input.payloads = [Payload(), Payload()] })
            let completed = try await other.call(1, of: .respondActivityTaskCompleted)
            #expect(completed.result.payloads.first?.data == Data("\"other of 2\"".utf8))
        }
    }

    @Test("The context tells all that is known of the attempt")
    func info() async throws {
        let service = ScriptedService()
        let seen = Mutex<ActivityInfo?>(nil)
        let worker = worker(service) { context in
            seen.withLock { $0 = context.info }
            return ""
        }
        try await worker.serve {
            service.deliver(
                .activity("token", "work") {
                    $0.workflowType.name = "Flow"
                    $0.workflowNamespace = "default"
                    $0.attempt = 3
                    $0.scheduledTime.seconds = 100
                    $0.currentAttemptScheduledTime.seconds = 110
                    $0.startedTime.seconds = 120
                    $0.scheduleToCloseTimeout.seconds = 60
                    $0.startToCloseTimeout.seconds = 30
                    $0.priority.priorityKey = 2
                    $0.retryPolicy.maximumAttempts = 4
                })
            _ = try await service.call(1, of: .respondActivityTaskCompleted)
        }
        let info = try #require(seen.withLock { $0 })
        #expect(info.taskQueue == "test" && info.workflowType == "Flow" && info.attempt == 3)
        #expect(info.scheduledTime == Date(timeIntervalSince1970: 100))
        #expect(info.currentAttemptScheduledTime == Date(timeIntervalSince1970: 110))
        #expect(info.deadline == Date(timeIntervalSince1970: 150))
        #expect(info.scheduleToClose == .seconds(60) && info.heartbeatTimeout == nil)
        #expect(info.priority.priorityKey == 2 && info.retryPolicy?.maximumAttempts == 4)
    }
}
