import Temporal
import TemporalAPI

extension Scenario {
    static let failures: [Scenario] = [
        Scenario(WorkflowFails.self),
        Scenario(WorkflowFailsWithCause.self),
        Scenario(WorkflowFailsByDefault.self),
        Scenario(WorkflowThrowsCancelled.self),
        Scenario(WorkflowTaskFailsOnce.self),
        Scenario(WorkflowTaskFailsOnceLater.self) { play in
            try await play.settle()
            try await play.signal("go")
        },
        Scenario(
            WorkflowRetried.self,
            retryPolicy: RetryPolicy(initialInterval: .milliseconds(10), backoffCoefficient: 1)),
        Scenario(
            WorkflowRetriesExhausted.self,
            retryPolicy: RetryPolicy(
                initialInterval: .milliseconds(10), backoffCoefficient: 1, maximumAttempts: 2)),
        Scenario(WorkflowTimesOut.self, runTimeout: .seconds(5)) { play in try await play.settle() },
        Scenario(WorkflowInfoValues.self),
    ]
}

final class WorkflowFails: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        throw ApplicationFailure(
            "it failed", type: "Flaw", isNonRetryable: true,
            details: [
                try DataConverter.standard.payload(encoding: "one"), try DataConverter.standard.payload(encoding: 2),
            ])
    }
}

final class WorkflowFailsWithCause: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.execute(
                Shared.fail, FailureRequest(message: "inner", type: "Inner", details: ["d"]), options: .once)
        } catch {
            throw ApplicationFailure("outer", type: "Outer", cause: error)
        }
    }
}

final class WorkflowFailsByDefault: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String { throw ApplicationFailure("it failed", type: "") }
}

/// Nobody asked for its cancellation.
final class WorkflowThrowsCancelled: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String { throw CanceledFailure("out of the blue") }
}

final class WorkflowTaskFailsOnce: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        if Gates.isFirst(context.info.workflowID, "bug") { throw Bug("a bug") }
        return "mended"
    }
}

final class WorkflowTaskFailsOnceLater: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await told(context)
        if Gates.isFirst(context.info.workflowID, "bug") { throw Bug("a bug") }
        try await context.sleep(for: .milliseconds(20))
        return "mended"
    }
}

final class WorkflowRetried: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        let attempt = context.info.attempt
        guard attempt >= 3 else { throw ApplicationFailure("attempt \(attempt) failed", type: "Flaw") }
        return "attempt \(attempt)"
    }
}

final class WorkflowRetriesExhausted: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        throw ApplicationFailure("attempt \(context.info.attempt) failed", type: "Flaw")
    }
}

final class WorkflowTimesOut: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await told(context)
        return "told"
    }
}

final class WorkflowInfoValues: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        let info = context.info
        return [
            info.workflowType, info.namespace, "\(info.attempt)", info.parentWorkflowID == nil ? "True" : "False",
        ]
    }
}
