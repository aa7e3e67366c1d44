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
