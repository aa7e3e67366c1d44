import Temporal
import TemporalAPI

extension Scenario {
    static let cancellation: [Scenario] = [
        Scenario(CancelHonoured.self, drive: cancel),
        Scenario(CancelSwallowed.self, drive: cancel),
        Scenario(CancelCleansUp.self, drive: cancel),
        Scenario(CancelDuringActivity.self, drive: cancelWhenHeld),
        Scenario(CancelDuringActivityWaits.self, drive: cancelWhenHeld),
        Scenario(CancelDuringCondition.self, drive: cancel),
        Scenario(CancelDuringTimedCondition.self, drive: cancel),
        Scenario(CancelBeforeStart.self, startsLate: true) { play in
            try await play.cancel()
            try await play.curtain()
        },
        Scenario(CancelBeforeStartHonoured.self, startsLate: true) { play in
            try await play.cancel()
            try await play.curtain()
        },
        Scenario(CancelThenFails.self, drive: cancel),
        Scenario(CancelSeveral.self, drive: cancelWhenHeld),
        Scenario(CancelInSignalHandler.self) { play in
            try await play.settle(.timerStarted)
            try await play.signalAndSettle("work", "a")
            try await play.cancel()
            try await play.settle()
            play.open("a")
        },
        Scenario(Terminated.self) { play in
            try await play.settle()
            try await play.handle.terminate(reason: "enough")
        },
    ]

    private static let cancel: @Sendable (Play) async throws -> Void = { play in
        try await play.settle()
        try await play.cancel()
    }

    private static let cancelWhenHeld: @Sendable (Play) async throws -> Void = { play in
        try await play.waitForGate("a-began")
        try await play.settle()
        try await play.cancel()
    }
}

final class CancelHonoured: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.sleep(for: .seconds(60))
        return "slept"
    }
}

final class CancelSwallowed: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            try await context.sleep(for: .seconds(60))
            return "slept"
        } catch is CancellationError {
            return "swallowed"
        }
    }
}

final class CancelCleansUp: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            try await context.sleep(for: .seconds(60))
            return "slept"
        } catch let error as CancellationError {
            _ = try await context.shielded { try await context.execute(Shared.echo, "clean", options: .once) }
            throw error
        }
    }
}

final class CancelDuringActivity: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Shared.hold, HoldRequest("a", heartbeats: true),
            options: ActivityOptions(
                startToClose: .seconds(30), heartbeat: .milliseconds(7500), retryPolicy: .never))
    }
}

final class CancelDuringActivityWaits: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            Shared.hold, HoldRequest("a", heartbeats: true),
            options: ActivityOptions(
                startToClose: .seconds(30), heartbeat: .milliseconds(7500), retryPolicy: .never,
                cancellationType: .waitCancellationCompleted))
    }
}

final class CancelDuringCondition: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await told(context)
        return "told"
    }
}

final class CancelDuringTimedCondition: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        _ = try await context.wait(until: { self.isTold }, timeout: .seconds(60))
        return "told"
    }
}

final class CancelBeforeStart: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            try await context.sleep(for: .seconds(60))
            return "slept"
        } catch is CancellationError {
            return "cancelled"
        }
    }
}

final class CancelBeforeStartHonoured: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        _ = try await context.execute(Shared.echo, "never", options: .once)
        return "echoed"
    }
}

final class CancelThenFails: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            try await context.sleep(for: .seconds(60))
            return "slept"
        } catch is CancellationError {
            throw ApplicationFailure("failed instead", type: "Instead")
        }
    }
}

/// A timer, an activity and a condition wait side by side.
final class CancelSeveral: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        async let slept: Void = context.sleep(for: .seconds(60))
        async let held = context.execute(
            Shared.hold, HoldRequest("a", heartbeats: true),
            options: ActivityOptions(startToClose: .seconds(30), heartbeat: .milliseconds(7500), retryPolicy: .never))
        async let told: Void = told(context)
        _ = try await (slept, held, told)
        return "all"
    }
}

/// The handler is not to be cut short. In Python cancellation reaches `run` alone; here handlers too, unless they are shielded.
final class CancelInSignalHandler: Told, Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<CancelInSignalHandler> {
        .told.signal(SignalType<String>("work")) { workflow, word, context in
            let held = try await context.shielded {
                try await context.execute(Shared.hold, HoldRequest(word), options: .once)
            }
            workflow.words.append(held)
        }
    }

    func run(_ context: WorkflowContext) async throws -> [String] {
        do {
            try await context.sleep(for: .seconds(60))
        } catch is CancellationError {
            try await context.shielded { try await context.wait(until: { self.words.count == 1 }) }
        }
        return words
    }
}

final class Terminated: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await told(context)
        return "told"
    }
}
