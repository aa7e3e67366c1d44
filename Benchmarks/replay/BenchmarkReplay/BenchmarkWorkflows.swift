import Temporal

/// Calls one activity after the other.
final class SequentialWorkflow: Workflow {
    static let work = ActivityType<Int, Int>("work")

    private let count: Int

    init(_ input: Int) { count = input }

    func run(_ context: WorkflowContext) async throws -> Int {
        var total = 0
        for index in 0..<count {
            total += try await context.execute(Self.work, index, options: ActivityOptions(startToClose: .seconds(30)))
        }
        return total
    }
}

/// In each round a timer and an activity at once, and a signal that both wait for.
final class MixedWorkflow: Workflow, @unchecked Sendable {
    static let proceed = SignalType<Int>("proceed")

    static var handlers: WorkflowHandlers<MixedWorkflow> {
        WorkflowHandlers().signal(proceed) { workflow, round, _ in workflow.proceeded = round }
    }

    private let count: Int
    private var proceeded = 0

    init(_ input: Int) { count = input }

    func run(_ context: WorkflowContext) async throws -> Int {
        var total = 0
        for index in 1...count {
            async let pause: Void = context.sleep(for: .seconds(1))
            async let work = context.execute(
                SequentialWorkflow.work, index, options: ActivityOptions(startToClose: .seconds(30)))
            try await pause
            total += try await work
            try await context.wait(until: { self.proceeded >= index })
        }
        return total
    }
}

/// Waits for a day with a few things open, as workflows do most of their lives.
final class WaitingWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        async let work = context.execute(
            SequentialWorkflow.work, 1, options: ActivityOptions(startToClose: .seconds(30)))
        try await context.sleep(for: .seconds(86_400))
        _ = try await work
        return NoValue()
    }
}
