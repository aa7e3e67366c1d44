import Foundation
import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing
import WaitingTestSupport

@testable import Temporal

@Suite("How a worker asks for tasks", .timeLimit(.minutes(5)))
struct PollingTests {
    @Test("Scenario 004: an empty poll is followed by another, with the permit of the first")
    func emptyPoll() async throws {
        let service = ScriptedService()
        let worker = Worker.scripted(service, workflows: [SleepWorkflow.self]) {
            $0.maximumCachedWorkflows = 0
            $0.maximumConcurrentWorkflowTasks = 1
        }
        try await worker.serve {
            service.deliver(PollWorkflowTask())
            service.deliver(PollWorkflowTask())
            _ = try await service.call(3, of: .pollWorkflowTaskQueue)
            try await service.wait("the third poll") { service.openPolls(.workflow) == 1 }
            #expect(service.completedTokens.isEmpty && service.failedTokens.isEmpty)
        }
        #expect(worker.workflowSlots.free == 1)
    }

    @Test("Of five pollers one asks for everyone's tasks, four for those of the runs in memory")
    func arrangement() async throws {
        let service = ScriptedService()
        try await Worker.scripted(service, workflows: [SleepWorkflow.self]).serve {
            try await service.wait("the polls") { service.openPolls(.sticky) == 4 && service.openPolls(.workflow) == 1 }
        }
    }

    @Test(
        "Scenario 117: no more activities run at a time than there is room for, and none is asked for without a permit")
    func maximumConcurrent() async throws {
        let service = ScriptedService()
        let gate = AsyncGate()
        var activities = Activities()
        activities.register(ActivityType<NoValue, NoValue>("wait")) { _, _ in
            await gate.pass()
            return NoValue()
        }
        let worker = Worker.scripted(service, activities: activities) {
            $0.maximumConcurrentActivities = 2
            $0.activityPollers = .fixed(5)
        }
        try await worker.serve {
            try await service.wait("the polls") { service.openPolls(.activity) == 2 }
            for index in 0..<3 { service.deliver(.activity("\(index)", "wait")) }
            try await service.wait("two activities") { gate.entered == 2 }
            #expect(service.openPolls(.activity) == 0)
            gate.open()
            _ = try await service.call(3, of: .respondActivityTaskCompleted)
        }
        #expect(worker.activitySlots.free == 2)
    }

    @Test("Scenario 117: activities begin no faster than the worker's rate")
    func rate() async throws {
        let clock = ManualClock()
        let service = ScriptedService()
        var activities = Activities()
        activities.register(ActivityType<NoValue, NoValue>("quick")) { _, _ in NoValue() }
        let worker = Worker.scripted(service, activities: activities) {
            $0.maximumActivitiesPerSecond = 2
            $0.clock = clock.clock
        }
        try await worker.serve {
            for index in 0..<3 { service.deliver(.activity("\(index)", "quick")) }
            for polls in 1...3 {
                _ = try await service.call(polls, of: .respondActivityTaskCompleted)
                try await service.wait("the next turn") { clock.sleepers == 1 }
                #expect(service.calls(.pollActivityTaskQueue).count == polls)
                clock.advance(by: .milliseconds(500))
            }
        }
    }

    @Test("A limit of the whole queue is told to the server")
    func queueRate() async throws {
        let service = ScriptedService()
        var activities = Activities()
        activities.register(ActivityType<NoValue, NoValue>("any")) { _, _ in NoValue() }
        try await Worker.scripted(service, activities: activities) { $0.maximumTaskQueueActivitiesPerSecond = 7.5 }
            .serve {
                let poll = try await service.call(1, of: .pollActivityTaskQueue)
                #expect(poll.taskQueueMetadata.maxTasksPerSecond.value == 7.5)
            }
    }

    @Test("The last permit is left to the kind of poll that has none")
    func lastPermit() {
        var balance = PollBalance(permits: 3, isShared: true)
        balance.beginPoll(.sticky)
        balance.beginPoll(.sticky)
        #expect(!balance.allows(.sticky))
        #expect(balance.allows(.normal))
        balance.beginPoll(.normal)
        #expect(!balance.allows(.normal) && !balance.allows(.sticky))
        // A sticky poll brought a task, whose permit came free again: now both kinds ask already.
        balance.endPoll(.sticky)
        balance.release()
        #expect(balance.allows(.sticky) && balance.allows(.normal))
    }

    @Test("A backlog of the runs in memory is worked off first, but never by all polls")
    func backlog() {
        var balance = PollBalance(permits: 10, isShared: true)
        balance.beginPoll(.sticky)
        balance.stickyBacklog = 3
        #expect(balance.allows(.normal))
        balance.beginPoll(.normal)
        #expect(!balance.allows(.normal))
        #expect(balance.allows(.sticky))
        balance.stickyBacklog = 1
        #expect(balance.allows(.normal))
    }

    @Test("Scaling follows the server up only while that brings in more tasks, and down always")
    func scaling() {
        var scaling = PollerScaling(.autoscaling(min: 1, initial: 5, max: 12))
        #expect(scaling.target == 5)
        scaling.record(.answer(hasTask: true, suggestion: 3), at: .zero)
        #expect(scaling.target == 8)
        scaling.record(.answer(hasTask: true, suggestion: 40), at: .zero)
        #expect(scaling.target == 12)
        // Two tasks in one period, one in the next: more polls did not help.
        scaling.record(.answer(hasTask: true, suggestion: nil), at: .milliseconds(100))
        scaling.record(.answer(hasTask: true, suggestion: -9), at: .milliseconds(250))
        #expect(scaling.target == 3)
        scaling.record(.answer(hasTask: true, suggestion: 2), at: .milliseconds(250))
        #expect(scaling.target == 3)
        scaling.record(.answer(hasTask: true, suggestion: 2), at: .milliseconds(900))
        #expect(scaling.target == 5)
        scaling.record(.answer(hasTask: false, suggestion: nil), at: .seconds(1))
        #expect(scaling.target == 4)
        scaling.record(.throttled, at: .seconds(1))
        #expect(scaling.target == 2)
        for _ in 0..<5 { scaling.record(.failed, at: .seconds(1)) }
        #expect(scaling.target == 1)
    }

    @Test("Without suggestions an empty poll says nothing, unless the namespace is known to make them")
    func emptyPollsScale() {
        var unknown = PollerScaling(.autoscaling())
        unknown.record(.answer(hasTask: false, suggestion: nil), at: .zero)
        #expect(unknown.target == 5)
        var known = PollerScaling(.autoscaling(), serverSuggests: true)
        known.record(.answer(hasTask: false, suggestion: nil), at: .zero)
        #expect(known.target == 4)
        var fixed = PollerScaling(.fixed(5), serverSuggests: true)
        fixed.record(.answer(hasTask: false, suggestion: -3), at: .zero)
        #expect(fixed.target == 5)
    }

    @Test("A worker polls as often as the server suggests")
    func suggestion() async throws {
        let service = ScriptedService()
        var activities = Activities()
        activities.register(ActivityType<NoValue, NoValue>("quick")) { _, _ in NoValue() }
        let worker = Worker.scripted(service, activities: activities) {
            $0.activityPollers = .autoscaling(min: 1, initial: 2, max: 4)
        }
        try await worker.serve {
            try await service.wait("two polls") { service.openPolls(.activity) == 2 }
            var task = PollActivityTask.activity("1", "quick")
            task.pollerScalingDecision.pollRequestDeltaSuggestion = 9
            service.deliver(task)
            try await service.wait("four polls") { service.openPolls(.activity) == 4 }
        }
    }
}

extension PollActivityTask {
    static func activity(
        _ token: String, _ type: String, _ more: (inout PollActivityTask) -> Void = { _ in }
    ) -> PollActivityTask {
        var task = PollActivityTask.with {
            $0.taskToken = Data(token.utf8)
            $0.activityType.name = type
            $0.activityID = token
            $0.workflowExecution.workflowID = "workflow"
            $0.workflowExecution.runID = "run"
            $0.attempt = 1
        }
        more(&task)
        return task
    }
}
