import Foundation
import Temporal

enum Local {
    static let work = ActivityType<Int, String>("work")
    /// Longer than any test lets one run: an attempt that times out is followed by another.
    static let options = LocalActivityOptions(startToClose: .seconds(300))
}

/// Runs local activities one after the other, and tells what each said.
final class SequentialLocalWorkflow: Workflow {
    private let count: Int

    init(_ input: Int) { count = input }

    func run(_ context: WorkflowContext) async throws -> [String] {
        var results: [String] = []
        for number in 1...count {
            results.append(try await context.executeLocal(Local.work, number, options: Local.options))
        }
        return results
    }
}

/// Runs local activities at once, and tells what they said in the order in which they ended; each end is followed by a timer.
final class ParallelLocalWorkflow: Workflow {
    private let count: Int

    init(_ input: Int) { count = input }

    func run(_ context: WorkflowContext) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 1...count {
                group.addTask { try await context.executeLocal(Local.work, number, options: Local.options) }
            }
            var results: [String] = []
            for try await result in group {
                results.append(result)
                if results.count < 3 { try await context.sleep(for: .seconds(results.count)) }
            }
            return results
        }
    }
}

/// Asks for a local activity and starts a timer in the same task.
final class LocalAndTimerWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [String] {
        async let result = context.executeLocal(Local.work, 1, options: Local.options)
        try await context.sleep(for: .seconds(5))
        try await context.sleep(for: .seconds(6))
        return [try await result]
    }
}

/// Takes signals while a local activity runs, and tells in which order things happened.
final class LocalAndSignalWorkflow: Workflow, @unchecked Sendable {
    static let note = SignalType<String>("note")
    static let notes = QueryType<NoValue, [String]>("notes")

    static var handlers: WorkflowHandlers<LocalAndSignalWorkflow> {
        WorkflowHandlers()
            .signal(note) { workflow, text, _ in workflow.notes.append(text) }
            .query(notes) { workflow, _ in workflow.notes }
    }

    private var notes: [String] = []

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [String] {
        notes.append(try await context.executeLocal(Local.work, 1, options: Local.options))
        return notes
    }
}

/// Cancels a local activity after a timer, or before it is even started, and says what came of it.
final class CancelLocalWorkflow: Workflow, @unchecked Sendable {
    struct Input: Codable, Sendable {
        var type: String
        var isImmediate: Bool
    }

    static func cancellationType(_ name: String) -> CancellationType {
        switch name {
        case "wait": .waitCancellationCompleted
        case "abandon": .abandon
        default: .tryCancel
        }
    }

    private let input: Input

    init(_ input: Input) { self.input = input }

    func run(_ context: WorkflowContext) async throws -> String {
        let options = LocalActivityOptions(
            startToClose: .seconds(30), cancellationType: Self.cancellationType(input.type))
        let isImmediate = input.isImmediate
        return try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                do {
                    return try await context.executeLocal(Local.work, 1, options: options)
                } catch let error as ActivityFailure {
                    return error.cause.map { "\(type(of: $0))" } ?? ""
                }
            }
            group.addTask {
                // Lets the other ask first, in the same task.
                if isImmediate { throw CancellationError() }
                try await context.sleep(for: .seconds(1))
                throw CancellationError()
            }
            var outcome = ""
            while let next = await group.nextResult() {
                switch next {
                case .success(let result): outcome = result
                case .failure: group.cancelAll()
                }
            }
            try await context.sleep(for: .seconds(2))
            return outcome
        }
    }
}

/// Retries a local activity, after durable timers when delays are long.
final class RetriedLocalWorkflow: Workflow {
    private let initialInterval: Int

    init(_ input: Int) { initialInterval = input }

    func run(_ context: WorkflowContext) async throws -> String {
        let options = LocalActivityOptions(
            scheduleToClose: .seconds(3600),
            retryPolicy: RetryPolicy(initialInterval: .seconds(initialInterval), maximumAttempts: 4))
        do {
            return try await context.executeLocal(Local.work, 1, options: options)
        } catch let error as ActivityFailure {
            return error.cause.map { "\(type(of: $0))" } ?? ""
        }
    }
}

/// Has a bug that shows while a local activity runs.
final class BuggyLocalWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        async let result = context.executeLocal(Local.work, 1, options: Local.options)
        try await context.sleep(for: .seconds(1))
        if context.historyLength > 0 { throw Bug() }
        return try await result
    }
}

/// Has a bug that shows when a local activity has ended.
final class BugAfterLocalWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        _ = try await context.executeLocal(Local.work, 1, options: Local.options)
        throw Bug()
    }
}

/// Ends while a signal's handler still waits for a local activity.
final class OutlivedLocalWorkflow: Workflow {
    static let more = SignalType<Int>("more")

    static var handlers: WorkflowHandlers<OutlivedLocalWorkflow> {
        WorkflowHandlers().signal(more) { _, number, context in
            _ = try await context.executeLocal(Local.work, number, options: Local.options)
        }
    }

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.executeLocal(Local.work, 0, options: Local.options)
    }
}

/// Tells the time before, between and after.
final class ClockLocalWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [Double] {
        var times = [context.now.timeIntervalSince1970]
        _ = try await context.executeLocal(Local.work, 1, options: Local.options)
        times.append(context.now.timeIntervalSince1970)
        try await context.sleep(for: .seconds(1))
        times.append(context.now.timeIntervalSince1970)
        return times
    }
}
