import Temporal
import TemporalAPI

extension Scenario {
    static let timers: [Scenario] = [
        Scenario(TimerFires.self),
        Scenario(TimerCancelledBeforeSent.self),
        Scenario(TimerCancelledAfterwards.self) { play in
            try await play.settle(.timerStarted)
            try await play.signalAndSettle("go")
            try await play.signal("finish")
        },
        Scenario(TimersInTurn.self),
        Scenario(ConditionHoldsAtOnce.self),
        Scenario(ConditionTimesOut.self),
        Scenario(ConditionMet.self) { play in
            try await play.settle(.timerStarted)
            try await play.signalAndSettle("go")
            try await play.signal("finish")
        },
        Scenario(ConditionMetAsTimeRunsOut.self, taskTimeout: .seconds(30)) { play in
            try await play.settle(.timerStarted)
            try await play.signal("say", "block")
            try await play.waitForTask()
            try await play.signal("go")
            try await play.outlastTimers()
            play.open("task")
        },
        Scenario(TimerAndSignalInOneTask.self, taskTimeout: .seconds(30)) { play in
            try await play.settle(.timerStarted)
            try await play.signal("say", "block")
            try await play.waitForTask()
            // As above, but the timer ends first.
            try await play.outlastTimers()
            try await play.signal("say", "later")
            try await play.signal("go")
            play.open("task")
        },
        Scenario(ConditionsInOrder.self) { play in
            try await play.settle()
            try await play.signal("say", "signal")
        },
    ]
}

final class TimerFires: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.sleep(for: .milliseconds(50))
        return "fired"
    }
}

final class TimerCancelledBeforeSent: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await withThrowingTaskGroup { group in
            group.addTask {
                self.hasBegun = true
                try await context.sleep(for: .seconds(60))
            }
            try await context.wait(until: { self.hasBegun })
            group.cancelAll()
            do {
                try await group.next()
                return "fired"
            } catch is CancellationError {
                try await context.shielded { try await context.sleep(for: .milliseconds(30)) }
                return "cancelled"
            }
        }
    }
}

final class TimerCancelledAfterwards: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        let isCancelled = try await withThrowingTaskGroup { group in
            group.addTask { try await context.sleep(for: .seconds(60)) }
            try await told(context)
            group.cancelAll()
            do {
                try await group.next()
                return false
            } catch is CancellationError {
                return true
            }
        }
        guard isCancelled else { return "fired" }
        try await finished(context)
        return "cancelled"
    }
}

final class TimersInTurn: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await withThrowingTaskGroup { group in
            // So far apart because the server fires timers that are close together at once, now and then.
            for tenths in [27, 1, 14] {
                group.addTask {
                    try await context.sleep(for: .milliseconds(tenths * 100))
                    self.words.append("\(tenths)")
                }
            }
            try await group.waitForAll()
        }
        return words
    }
}

final class ConditionHoldsAtOnce: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.wait(until: { true })
        return "held"
    }
}

final class ConditionTimesOut: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.wait(until: { self.isTold }, timeout: .milliseconds(50)) ? "told" : "timed out"
    }
}

final class ConditionMet: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        guard try await context.wait(until: { self.isTold }, timeout: .seconds(60)) else { return "timed out" }
        try await finished(context)
        return "told"
    }
}

/// The signal and the timer's end come with the same task.
final class ConditionMetAsTimeRunsOut: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        async let block: Void = block(context)
        let isTold = try await context.wait(until: { self.isTold }, timeout: .milliseconds(1500))
        try await block
        return isTold ? "told" : "timed out"
    }

    private func block(_ context: WorkflowContext) async throws {
        try await context.wait(until: { !self.words.isEmpty })
        Gates.block(context.info.workflowID, "task")
    }
}

/// A timer's end and then a signal come with the same task.
final class TimerAndSignalInOneTask: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        async let nap: Void = nap(context)
        try await context.wait(until: { !self.words.isEmpty })
        Gates.block(context.info.workflowID, "task")
        try await nap
        try await told(context)
        return words
    }

    private func nap(_ context: WorkflowContext) async throws {
        try await context.sleep(for: .milliseconds(1500))
        words.append("fired")
    }
}

/// Each wakes the next, the last first.
final class ConditionsInOrder: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await withThrowingTaskGroup { group in
            for (count, word) in [(3, "third"), (2, "second"), (1, "first")] {
                group.addTask {
                    try await context.wait(until: { self.words.count >= count })
                    self.words.append(word)
                }
            }
            try await group.waitForAll()
        }
        return words
    }
}
