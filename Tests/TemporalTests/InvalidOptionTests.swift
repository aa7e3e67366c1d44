import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Options that no server would take")
struct InvalidOptionTests {
    /// What the code is told that makes the call, and why its task fails when it does not catch that.
    private func refusal(
        of call: @escaping @Sendable (WorkflowContext) async throws -> Void
    ) throws -> InvalidOptionError {
        let told = Box<(any Error)?>(nil)
        let body: BodyWorkflow.Body = { context in
            do {
                try await call(context)
            } catch {
                told.value = error
                throw error
            }
            return ""
        }
        let outputs = try BodyWorkflow.$body.withValue(body) {
            ScriptedRun(BodyWorkflow.self).task(try firstTask("BodyWorkflow"))
        }
        #expect(outputs.taskFailure?.cause == .workflowWorkerUnhandledFailure)
        let error = try #require(told.value as? InvalidOptionError)
        let message = try #require(outputs.taskFailure?.failure.message)
        #expect(message.contains("option \(error.option) "), "\(message)")
        return error
    }

    @Test(
        "An activity's are refused by the call, by name",
        arguments: [
            ("startToClose", ActivityOptions()),
            ("startToClose", ActivityOptions(startToClose: .zero)),
            ("startToClose", ActivityOptions(scheduleToClose: .seconds(1), startToClose: .seconds(-1))),
            ("scheduleToClose", ActivityOptions(scheduleToClose: .seconds(-1), startToClose: .seconds(1))),
            ("scheduleToStart", ActivityOptions(scheduleToStart: .seconds(-1), startToClose: .seconds(1))),
            ("heartbeat", ActivityOptions(startToClose: .seconds(1), heartbeat: .seconds(-1))),
            ("taskQueue", ActivityOptions(taskQueue: "", startToClose: .seconds(1))),
            ("priority.key", ActivityOptions(startToClose: .seconds(1), priority: Priority(key: -1))),
            ("retryPolicy.maximumAttempts", ActivityOptions(retryPolicy: .init(maximumAttempts: -1))),
            ("retryPolicy.initialInterval", ActivityOptions(retryPolicy: .init(initialInterval: .seconds(-1)))),
            ("retryPolicy.backoffCoefficient", ActivityOptions(retryPolicy: .init(backoffCoefficient: 0.5))),
            (
                "retryPolicy.maximumInterval",
                ActivityOptions(retryPolicy: .init(initialInterval: .seconds(2), maximumInterval: .seconds(1)))
            ),
        ])
    func activity(option: String, options: ActivityOptions) throws {
        var options = options
        if options.retryPolicy != nil { options.startToClose = .seconds(1) }
        let error = try refusal { [options] in
            _ = try await $0.execute(ActivityType<NoValue, String>("work"), NoValue(), options: options)
        }
        #expect(error.option == option)
        #expect(error.target == "activity work")
    }

    @Test(
        "A local activity's are refused by the call, by name",
        arguments: [
            ("startToClose", LocalActivityOptions()),
            ("scheduleToStart", LocalActivityOptions(scheduleToStart: .seconds(-1), startToClose: .seconds(1))),
            ("localRetryThreshold", LocalActivityOptions(startToClose: .seconds(1), localRetryThreshold: .seconds(-1))),
            (
                "retryPolicy.maximumAttempts",
                LocalActivityOptions(startToClose: .seconds(1), retryPolicy: .init(maximumAttempts: -1))
            ),
        ])
    func localActivity(option: String, options: LocalActivityOptions) throws {
        let error = try refusal {
            _ = try await $0.executeLocal(ActivityType<NoValue, String>("work"), NoValue(), options: options)
        }
        #expect(error.option == option)
    }

    @Test(
        "A child's are refused by the call, by name",
        arguments: [
            ("id", ChildWorkflowOptions(id: "")), ("taskQueue", ChildWorkflowOptions(taskQueue: "")),
            ("executionTimeout", ChildWorkflowOptions(executionTimeout: .seconds(-1))),
            ("runTimeout", ChildWorkflowOptions(runTimeout: .seconds(-1))),
            ("taskTimeout", ChildWorkflowOptions(taskTimeout: .seconds(-1))),
            ("retryPolicy.backoffCoefficient", ChildWorkflowOptions(retryPolicy: .init(backoffCoefficient: 0))),
        ])
    func child(option: String, options: ChildWorkflowOptions) throws {
        let error = try refusal { _ = try await $0.start(child: SleepWorkflow.self, NoValue(), options: options) }
        #expect(error.option == option)
    }

    @Test(
        "Those of a successor fail the task of the run that it was to continue, by name",
        arguments: [
            ("runTimeout", ContinueAsNewOptions(runTimeout: .seconds(-1))),
            ("taskTimeout", ContinueAsNewOptions(taskTimeout: .seconds(-1))),
            ("backoff", ContinueAsNewOptions(backoff: .seconds(-1))),
            ("retryPolicy.maximumAttempts", ContinueAsNewOptions(retryPolicy: .init(maximumAttempts: -1))),
        ])
    func continueAsNew(option: String, options: ContinueAsNewOptions) throws {
        let body: BodyWorkflow.Body = { _ in throw ContinueAsNew(BodyWorkflow.self, NoValue(), options: options) }
        let outputs = try BodyWorkflow.$body.withValue(body) {
            ScriptedRun(BodyWorkflow.self).task(try firstTask("BodyWorkflow"))
        }
        let message = try #require(outputs.taskFailure?.failure.message)
        #expect(message.contains("continue-as-new BodyWorkflow: option \(option) "), "\(message)")
    }

    @Test("What a server takes is let through: a single attempt needs no intervals, and zero is no limit")
    func lenient() throws {
        let single = RetryPolicy(initialInterval: .seconds(-1), backoffCoefficient: 0, maximumAttempts: 1)
        try ActivityOptions(startToClose: .seconds(1), heartbeat: .zero, retryPolicy: single).check(for: "work")
        try ActivityOptions(scheduleToClose: .seconds(1), startToClose: .zero).check(for: "work")
        try ChildWorkflowOptions(runTimeout: .zero).check(for: "child")
    }
}
