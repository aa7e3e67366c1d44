import Temporal

/// Adds up what it is told until it is told to stop.
final class CounterWorkflow: Workflow, @unchecked Sendable {
    static let add = SignalType<Int>("add")
    static let stop = SignalType<NoValue>("stop")
    static let total = QueryType<NoValue, Int>("total")

    static var handlers: WorkflowHandlers<CounterWorkflow> {
        WorkflowHandlers()
            .signal(add) { counter, value, _ in counter.order.append(value) }
            .signal(stop) { counter, _, _ in counter.isStopped = true }
            .query(total) { counter, _ in counter.order.reduce(0, +) }
    }

    private var order: [Int] = []
    private var isStopped = false

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [Int] {
        order.append(0)
        try await context.wait(until: { self.isStopped })
        return order
    }
}

/// Waits by one timer.
final class SleepWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.sleep(for: .seconds(5))
        return "slept"
    }
}

/// Calls two activities at once and joins what they say.
final class ParallelWorkflow: Workflow {
    static let first = ActivityType<String, String>("first")
    static let second = ActivityType<String, String>("second")

    init(_ input: String) { self.input = input }
    private let input: String

    func run(_ context: WorkflowContext) async throws -> String {
        let options = ActivityOptions(startToClose: .seconds(10))
        let input = input
        async let first = context.execute(Self.first, input, options: options)
        async let second = context.execute(Self.second, input, options: options)
        return try await first + second
    }
}

/// Waits for a word, but not for ever.
final class DeadlineWorkflow: Workflow, @unchecked Sendable {
    static let word = SignalType<String>("word")

    static var handlers: WorkflowHandlers<DeadlineWorkflow> {
        WorkflowHandlers().signal(word) { workflow, word, _ in workflow.word = word }
    }

    private var word: String?

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        let isHeard = try await context.wait(until: { self.word != nil }, timeout: .seconds(300))
        return isHeard ? word ?? "" : "timed out"
    }
}

/// Cancels its own wait when the activity is there first, or the other way round.
final class RaceWorkflow: Workflow {
    static let work = ActivityType<NoValue, String>("work")

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                try await context.execute(Self.work, NoValue(), options: ActivityOptions(startToClose: .seconds(10)))
            }
            group.addTask {
                try await context.sleep(for: .seconds(60))
                return "too slow"
            }
            let winner = try await group.next()
            group.cancelAll()
            return winner ?? ""
        }
    }
}

/// Runs a child and hands on what it says.
final class ParentWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(
            child: SleepWorkflow.self, NoValue(), options: ChildWorkflowOptions(id: "the-child"))
    }
}

/// Took one course once, and takes another now.
final class PatchedWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        if context.patched("new-course") {
            try await context.sleep(for: .seconds(2))
            return "new"
        }
        try await context.sleep(for: .seconds(1))
        return "old"
    }
}

/// Does what no workflow may do.
final class ForeignWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await Task.sleep(for: .milliseconds(200))
        try await context.sleep(for: .seconds(1))
        return NoValue()
    }
}

/// Cleans up when it is cancelled, which must not be cut short.
final class CleaningWorkflow: Workflow {
    static let clean = ActivityType<NoValue, NoValue>("clean")

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        do {
            try await context.sleep(for: .seconds(60))
            return NoValue()
        } catch {
            _ = try await context.shielded {
                try await context.execute(
                    Self.clean, NoValue(), options: ActivityOptions(startToClose: .seconds(10)))
            }
            throw error
        }
    }
}

struct Bug: Error {}

/// Fails in a way nobody foresaw.
final class BuggyWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue { throw Bug() }
}

/// Ends, while a handler still asks for something.
final class OverlapWorkflow: Workflow, @unchecked Sendable {
    static let work = ActivityType<NoValue, NoValue>("work")
    static let go = SignalType<NoValue>("go")

    static var handlers: WorkflowHandlers<OverlapWorkflow> {
        WorkflowHandlers().signal(go) { workflow, _, context in
            workflow.isTold = true
            try await context.wait(until: { workflow.isEnding })
            _ = try await context.execute(
                work, NoValue(), options: ActivityOptions(startToClose: .seconds(10)))
        }
    }

    private var isTold = false
    private var isEnding = false

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await context.wait(until: { self.isTold })
        isEnding = true
        return NoValue()
    }
}

/// Has a query that does what no query may.
final class MeddlingWorkflow: Workflow, @unchecked Sendable {
    static let meddle = QueryType<NoValue, Bool>("meddle")

    static var handlers: WorkflowHandlers<MeddlingWorkflow> {
        WorkflowHandlers().query(meddle) { workflow, _ in workflow.context?.deprecatePatch("meddled") != nil }
    }

    private var context: WorkflowContext?

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        self.context = context
        try await context.sleep(for: .seconds(5))
        return NoValue()
    }
}
