import Temporal
import TemporalAPI

extension Scenario {
    static let localActivities: [Scenario] = [
        Scenario(LocalActivitySuccess.self),
        Scenario(LocalActivityWithoutValues.self),
        Scenario(LocalActivityNonRetryable.self),
        Scenario(LocalActivityFailsWorkflow.self),
        Scenario(LocalActivityRetry.self),
        Scenario(LocalActivityBackoff.self),
        Scenario(LocalActivityTimesOut.self) { play in
            try await play.settle(.markerRecorded)
            play.open("late")
        },
        Scenario(LocalActivitiesInSequence.self),
        Scenario(LocalActivitiesParallel.self) { play in
            try await play.waitForGate("b-began")
            play.open("b")
            // Nothing is recorded before both have ended: the workflow itself says that it was told.
            try await play.waitForGate("b-told")
            play.open("a")
        },
        Scenario(LocalAndOtherActivities.self),
        Scenario(LocalActivityInSignal.self) { play in
            try await play.settle()
            try await play.signal("work", "one")
            try await play.settle(.markerRecorded)
            try await play.signal("work", "two")
        },
        Scenario(LocalActivityOutlivesTask.self, taskTimeout: .seconds(5)) { play in
            try await play.wait(for: .workflowTaskCompleted, 2)
            play.open("a")
        },
        Scenario(LocalActivityTryCancel.self) { play in
            try await play.settle()
            play.open("a")
        },
        Scenario(LocalActivityWaitCancel.self),
        Scenario(LocalActivityWaitCancelCompletes.self),
        Scenario(LocalActivityAbandon.self) { play in
            try await play.settle()
            play.open("a")
        },
    ]
}

extension LocalActivityOptions {
    static let once = LocalActivityOptions(startToClose: .seconds(30), retryPolicy: .never)

    /// Quick retries.
    static func retries(maximumAttempts: Int = 0) -> LocalActivityOptions {
        LocalActivityOptions(
            startToClose: .seconds(30),
            retryPolicy: RetryPolicy(
                initialInterval: .milliseconds(10), backoffCoefficient: 1, maximumAttempts: maximumAttempts))
    }
}

final class LocalActivitySuccess: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.executeLocal(Shared.echo, "word", options: .once)
    }
}

final class LocalActivityWithoutValues: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await context.executeLocal(Shared.nothing, NoValue(), options: .once)
    }
}

final class LocalActivityNonRetryable: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.executeLocal(
                Shared.fail, FailureRequest(isNonRetryable: true, details: ["why"]), options: .retries())
        } catch {
            return outline(error)
        }
    }
}

final class LocalActivityFailsWorkflow: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.executeLocal(Shared.fail, FailureRequest(times: 5), options: .retries(maximumAttempts: 2))
    }
}

final class LocalActivityRetry: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.executeLocal(Shared.fail, FailureRequest(times: 2), options: .retries())
    }
}

/// The second attempt is so far away that a timer of the server waits for it.
final class LocalActivityBackoff: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.executeLocal(
            Shared.fail, FailureRequest(times: 2),
            options: LocalActivityOptions(
                startToClose: .seconds(30),
                retryPolicy: RetryPolicy(initialInterval: .milliseconds(100), backoffCoefficient: 2),
                localRetryThreshold: .milliseconds(50)))
    }
}

final class LocalActivityTimesOut: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.executeLocal(
                Shared.hold, HoldRequest("late"),
                options: LocalActivityOptions(startToClose: .milliseconds(100), retryPolicy: .never))
        } catch {
            return outline(error)
        }
    }
}

final class LocalActivitiesInSequence: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        for index in 0..<3 { words.append(try await context.executeLocal(Shared.echo, "\(index)", options: .once)) }
        return words
    }
}

final class LocalActivitiesParallel: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await withThrowingTaskGroup { group in
            for gate in ["a", "b"] {
                group.addTask {
                    self.words.append(
                        try await context.executeLocal(Shared.hold, HoldRequest(gate), options: .once))
                    Gates.open(context.info.workflowID, "\(gate)-told")
                }
            }
            try await group.waitForAll()
        }
        return words
    }
}

final class LocalAndOtherActivities: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        words.append(try await context.executeLocal(Shared.echo, "local", options: .once))
        words.append(try await context.execute(Shared.echo, "remote", options: .once))
        try await context.sleep(for: .milliseconds(20))
        words.append(try await context.executeLocal(Shared.echo, "local again", options: .once))
        return words
    }
}

final class LocalActivityInSignal: Told, Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<LocalActivityInSignal> {
        .told.signal(SignalType<String>("work")) { workflow, word, context in
            workflow.words.append(try await context.executeLocal(Shared.echo, word, options: .once))
        }
    }

    func run(_ context: WorkflowContext) async throws -> [String] {
        try await context.wait(until: { self.words.count == 2 })
        return words
    }
}

/// It takes longer than a workflow task may, so empty tasks keep it alive.
final class LocalActivityOutlivesTask: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.executeLocal(Shared.hold, HoldRequest("a"), options: .once)
    }
}

class LocalCanceller: Told, @unchecked Sendable {
    func play(_ request: HoldRequest, _ context: WorkflowContext, _ kind: CancellationType) async throws -> String {
        var options = LocalActivityOptions.once
        options.cancellationType = kind
        return try await withThrowingTaskGroup(of: String.self) { [options] group in
            group.addTask {
                self.hasBegun = true
                return try await context.executeLocal(Shared.hold, request, options: options)
            }
            try await context.wait(until: { self.hasBegun })
            _ = try await context.executeLocal(Shared.echo, "meanwhile", options: .once)
            group.cancelAll()
            do {
                return try await group.next() ?? ""
            } catch {
                return outline(error)
            }
        }
    }
}

final class LocalActivityTryCancel: LocalCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a"), context, .tryCancel)
    }
}

final class LocalActivityWaitCancel: LocalCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a"), context, .waitCancellationCompleted)
    }
}

final class LocalActivityWaitCancelCompletes: LocalCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a", onCancel: "complete"), context, .waitCancellationCompleted)
    }
}

final class LocalActivityAbandon: LocalCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play(HoldRequest("a"), context, .abandon)
    }
}
