import Temporal
import TemporalAPI

extension Scenario {
    static let activityCancellation: [Scenario] = [
        cancelled(ActivityTryCancel.self, until: .activityTaskCanceled),
        cancelled(ActivityTryCancelCompletes.self, until: .activityTaskCompleted),
        cancelled(ActivityWaitCancel.self, until: .activityTaskCanceled),
        cancelled(ActivityWaitCancelCompletes.self, until: .activityTaskCompleted),
        cancelled(ActivityWaitCancelFails.self, until: .activityTaskFailed),
        cancelled(ActivityWaitCancelTimesOut.self, until: .activityTaskTimedOut),
        Scenario(ActivityAbandon.self) { play in
            try await play.waitForGate("a-began")
            try await play.signalAndSettle("go")
            play.open("a")
            try await play.settle(.activityTaskCompleted)
            try await play.signal("finish")
        },
        notStarted(ActivityCancelNotStarted.self),
        notStarted(ActivityTryCancelNotStarted.self),
        Scenario(ActivityCancelBeforeSent.self),
    ]

    private static func cancelled(_ type: any Workflow.Type, until end: EventType) -> Scenario {
        Scenario(type) { play in
            try await play.waitForGate("a-began")
            try await play.settle(.activityTaskScheduled)
            try await play.signal("go")
            try await play.settle(end)
            play.open("a")
            try await play.signal("finish")
        }
    }

    private static func notStarted(_ type: any Workflow.Type) -> Scenario {
        Scenario(type) { play in
            try await play.settle(.activityTaskScheduled)
            try await play.signal("go")
            try await play.settle(.activityTaskCanceled)
            try await play.signal("finish")
        }
    }
}

/// Cancels an activity when it is told to, and ends when it is told to.
class Canceller: Told, @unchecked Sendable {
    func play(_ request: HoldRequest, _ context: WorkflowContext, _ options: ActivityOptions) async throws -> String {
        let result = try await cancelled(request, context, options)
        try await finished(context)
        return result
    }

    func cancelled(
        _ request: HoldRequest, _ context: WorkflowContext, _ options: ActivityOptions
    ) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                self.hasBegun = true
                return try await context.execute(Shared.hold, request, options: options)
            }
            try await told(context)
            group.cancelAll()
            do {
                return try await group.next() ?? ""
            } catch {
                return outline(error)
            }
        }
    }

    static func options(
        _ cancellationType: CancellationType, heartbeat: Duration = .milliseconds(7500), taskQueue: String? = nil
    ) -> ActivityOptions {
        ActivityOptions(
            taskQueue: taskQueue, startToClose: .seconds(30), heartbeat: heartbeat, retryPolicy: .never,
            cancellationType: cancellationType)
    }
}

final class ActivityTryCancel: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a", heartbeats: true), context, Self.options(.tryCancel))
    }
}

final class ActivityTryCancelCompletes: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a", heartbeats: true, onCancel: "complete"), context, Self.options(.tryCancel))
    }
}

final class ActivityWaitCancel: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a", heartbeats: true), context, Self.options(.waitCancellationCompleted))
    }
}

final class ActivityWaitCancelCompletes: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(
            HoldRequest("a", heartbeats: true, onCancel: "complete"), context, Self.options(.waitCancellationCompleted))
    }
}

final class ActivityWaitCancelFails: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(
            HoldRequest("a", heartbeats: true, onCancel: "fail"), context, Self.options(.waitCancellationCompleted))
    }
}

final class ActivityWaitCancelTimesOut: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a"), context, Self.options(.waitCancellationCompleted, heartbeat: .seconds(4)))
    }
}

final class ActivityAbandon: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a", heartbeats: true), context, Self.options(.abandon))
    }
}

final class ActivityCancelNotStarted: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a"), context, Self.options(.waitCancellationCompleted, taskQueue: "nobody"))
    }
}

final class ActivityTryCancelNotStarted: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a"), context, Self.options(.tryCancel, taskQueue: "nobody"))
    }
}

final class ActivityCancelBeforeSent: Canceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        var outcomes: [String] = []
        for kind in [CancellationType.tryCancel, .waitCancellationCompleted, .abandon] {
            hasBegun = false
            outcomes += try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask {
                    self.hasBegun = true
                    return try await context.execute(Shared.hold, HoldRequest("a"), options: Self.options(kind))
                }
                try await context.wait(until: { self.hasBegun })
                group.cancelAll()
                do {
                    return [try await group.next() ?? ""]
                } catch {
                    return [outline(error)]
                }
            }
        }
        outcomes.append(
            try await context.execute(Shared.echo, "after", options: ActivityOptions(startToClose: .seconds(30))))
        return outcomes
    }
}
