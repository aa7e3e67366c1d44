import Temporal

/// Swift twins of workflows in the official Python SDK's test suite: they ask for the same in the same order.
enum PythonWorkflows {
    static let sayHello = ActivityType<String, String>("say_hello")
    static let quick = ActivityType<NoValue, Int>("short_activity_async")
    static let options = ActivityOptions(startToClose: .seconds(60))
}

final class SayHelloWorkflow: Workflow {
    struct Parameters: Codable, Sendable {
        var name: String
        var shouldCauseNondeterminism: Bool

        enum CodingKeys: String, CodingKey {
            case name
            case shouldCauseNondeterminism = "should_cause_nondeterminism"
        }
    }

    private let input: Parameters

    init(_ input: Parameters) { self.input = input }

    func run(_ context: WorkflowContext) async throws -> String {
        // The Python one sleeps here when it is replayed, and only then.
        if input.shouldCauseNondeterminism { try await context.sleep(for: .milliseconds(100)) }
        return try await context.execute(PythonWorkflows.sayHello, input.name, options: PythonWorkflows.options)
    }
}

final class ActivityAndSignalsWorkflow: Workflow, @unchecked Sendable {
    static var workflowType: String { "ActivityAndSignalsWhileWorkflowDown" }

    static var handlers: WorkflowHandlers<ActivityAndSignalsWorkflow> {
        WorkflowHandlers().signal(SignalType<String>("dosig")) { workflow, name, _ in
            workflow.counter += 1
            workflow.trace.append("sig-\(name)")
        }
    }

    private var trace: [String] = []
    private var counter = 0

    init(_ input: String) {}

    func run(_ context: WorkflowContext) async throws -> [String] {
        trace.append("act-start")
        _ = try await context.execute(PythonWorkflows.sayHello, "Enchi", options: PythonWorkflows.options)
        trace += ["counter-\(counter)", "act-done"]
        return trace
    }
}

/// The Python one does not hear a cancellation that comes together with its activity's result; here it is shielded.
final class QuickActivityWorkflow: Workflow {
    init(_ input: Double) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        while true {
            _ = try await context.shielded {
                try await context.execute(PythonWorkflows.quick, NoValue(), options: PythonWorkflows.options)
            }
        }
    }
}

/// Signals, an activity, a timer and an update, each of which writes down when it gets its turns.
final class TracingTwin: Workflow, @unchecked Sendable {
    static var workflowType: String { "SignalsActivitiesTimersUpdatesTracingWorkflow" }

    static var handlers: WorkflowHandlers<TracingTwin> {
        WorkflowHandlers()
            .signal(SignalType<String>("dosig")) { twin, name, context in
                try await twin.takeTurns("sig-\(name)", context)
            }
            .update(UpdateType<String, NoValue>("doupdate")) { twin, name, context in
                try await twin.takeTurns("update-\(name)", context)
                return NoValue()
            }
    }

    private var trace: [String] = []

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [String] {
        async let timer: Void = takeTurns("timer", context) { try await context.sleep(for: .milliseconds(100)) }
        async let activity: Void = takeTurns("act", context) {
            _ = try await context.execute(PythonWorkflows.sayHello, "Enchi", options: PythonWorkflows.options)
        }
        _ = try await (timer, activity)
        return trace
    }

    private func takeTurns(
        _ name: String, _ context: WorkflowContext, _ body: () async throws -> Void = {}
    ) async throws {
        trace.append("\(name)-sync")
        try await body()
        trace.append("\(name)-1")
        // Python lets others go on first, even when the condition holds already.
        let isLater = Box(false)
        try await context.wait(until: {
            defer { isLater.value = true }
            return isLater.value
        })
        trace.append("\(name)-2")
    }
}

/// Its update ends in the same task as itself, but later.
final class UpdateAfterReturnTwin: Workflow, @unchecked Sendable {
    static var workflowType: String { "UpdateCompletionAfterWorkflowReturn" }

    static var handlers: WorkflowHandlers<UpdateAfterReturnTwin> {
        WorkflowHandlers().update(UpdateType<NoValue, String>("my_update")) { twin, _, context in
            try await context.wait(until: { twin.hasReturned })
            return "update-result"
        }
    }

    private var hasReturned = false

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        hasReturned = true
        return "workflow-result"
    }
}
