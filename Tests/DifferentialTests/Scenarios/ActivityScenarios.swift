import Temporal
import TemporalAPI

extension Scenario {
    static let activities: [Scenario] = [
        Scenario(ActivitySuccess.self, input: "word"),
        Scenario(ActivityWithoutValues.self),
        Scenario(ActivityDefaultOptions.self),
        Scenario(ActivityAllOptions.self),
        Scenario(ActivityRetry.self),
        Scenario(ActivityNonRetryable.self),
        Scenario(ActivityNonRetryableType.self),
        Scenario(ActivityRetriesExhausted.self),
        Scenario(ActivityUnknownError.self),
        Scenario(ActivityNextRetryDelay.self),
        Scenario(ActivityStartToClose.self) { play in
            try await play.settle(.activityTaskTimedOut)
            play.open("late")
        },
        Scenario(ActivityStartToCloseFailsWorkflow.self) { play in
            try await play.settle(.activityTaskTimedOut)
            play.open("late")
        },
        Scenario(ActivityHeartbeatTimeout.self) { play in
            try await play.settle(.activityTaskTimedOut)
            play.open("late")
        },
        Scenario(ActivityScheduleToStart.self),
        Scenario(ActivityScheduleToClose.self),
        Scenario(ActivityHeartbeatDetails.self),
        Scenario(ActivityLargeValue.self),
        Scenario(ActivitiesInSequence.self),
    ]
}

final class ActivitySuccess: Workflow {
    private let word: String

    init(_ input: String) { word = input }

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(Shared.echo, word, options: .once)
    }
}

final class ActivityWithoutValues: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await context.execute(Shared.nothing, NoValue(), options: .once)
    }
}

final class ActivityDefaultOptions: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(Shared.echo, "a", options: ActivityOptions(startToClose: .seconds(30)))
    }
}

final class ActivityAllOptions: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Shared.echo, "a",
            options: ActivityOptions(
                scheduleToClose: .seconds(50), scheduleToStart: .seconds(20), startToClose: .seconds(30),
                heartbeat: .milliseconds(7500),
                retryPolicy: RetryPolicy(
                    initialInterval: .milliseconds(1500), backoffCoefficient: 1.5, maximumInterval: .seconds(7),
                    maximumAttempts: 4, nonRetryableErrorTypes: ["One", "Other"])))
    }
}

final class ActivityRetry: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Shared.fail, FailureRequest(message: "try again", times: 2, details: ["one", "two"]), options: .retries())
    }
}

final class ActivityNonRetryable: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.execute(
                Shared.fail, FailureRequest(message: "no hope", isNonRetryable: true, details: ["why"]),
                options: .retries())
        } catch {
            return outline(error)
        }
    }
}

final class ActivityNonRetryableType: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.execute(
                Shared.fail, FailureRequest(type: "Fatal"), options: .retries(nonRetryable: ["Fatal"]))
        } catch {
            return outline(error)
        }
    }
}

final class ActivityRetriesExhausted: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Shared.fail, FailureRequest(times: 5, details: ["d"]), options: .retries(maximumAttempts: 2))
    }
}

final class ActivityUnknownError: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Shared.fail, FailureRequest(message: "a bug", type: "Bug", times: 5), options: .once)
    }
}

final class ActivityNextRetryDelay: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Shared.fail, FailureRequest(message: "soon", nextRetryMilliseconds: 20),
            options: ActivityOptions(
                startToClose: .seconds(30), retryPolicy: RetryPolicy(initialInterval: .seconds(100))))
    }
}

final class ActivityStartToClose: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.execute(
                Shared.hold, HoldRequest("late"),
                options: ActivityOptions(startToClose: .milliseconds(200), retryPolicy: .never))
        } catch {
            return outline(error)
        }
    }
}

final class ActivityStartToCloseFailsWorkflow: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Shared.hold, HoldRequest("late"),
            options: ActivityOptions(startToClose: .milliseconds(200), retryPolicy: .never))
    }
}

final class ActivityHeartbeatTimeout: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.execute(
                Shared.hold, HoldRequest("late", details: "half"),
                options: ActivityOptions(
                    startToClose: .seconds(30), heartbeat: .seconds(2), retryPolicy: .never))
        } catch {
            return outline(error)
        }
    }
}

final class ActivityScheduleToStart: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.execute(
                Shared.echo, "a",
                options: ActivityOptions(
                    taskQueue: "nobody", scheduleToClose: .seconds(30), scheduleToStart: .milliseconds(150)))
        } catch {
            return outline(error)
        }
    }
}

final class ActivityScheduleToClose: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.execute(
                Shared.fail, FailureRequest(times: 5),
                options: ActivityOptions(
                    scheduleToClose: .seconds(8), retryPolicy: RetryPolicy(initialInterval: .seconds(10))))
        } catch {
            return outline(error)
        }
    }
}

final class ActivityHeartbeatDetails: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(Shared.resume, NoValue(), options: .retries())
    }
}

final class ActivityLargeValue: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> Int {
        try await context.execute(Shared.echo, String(repeating: "äb", count: 50_000), options: .once).count
    }
}

final class ActivitiesInSequence: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        var words: [String] = []
        for index in 0..<5 { words.append(try await context.execute(Shared.echo, "\(index)", options: .once)) }
        return words
    }
}
