import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("Other workflows")
struct ExternalWorkflowTests {
    private static let go = SignalType<String>("go")

    private static func signal(_ context: WorkflowContext) async throws -> String {
        do {
            try await context.externalWorkflow(id: "other", runID: "run").signal(go, "on")
            return "signaled"
        } catch let failure as ApplicationFailure {
            return failure.type
        } catch is CanceledFailure {
            return "cancelled"
        }
    }

    @Test("Scenario 077: a signal to another workflow or to a child waits until the server has taken it")
    func signal() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let initiated = history.signalExternalInitiated(workflowID: "other", name: "go")
        var missing = history
        history.externalSignaled(initiated: initiated)
        history.taskScheduledAndStarted()
        let commands = try play(history) { try await Self.signal($0) }
        #expect(commands[0].types == [.signalExternalWorkflowExecution])
        let attributes = commands[0][0].signalExternalWorkflowExecutionCommandAttributes
        #expect(attributes.execution.workflowID == "other" && attributes.execution.runID == "run")
        #expect(attributes.signalName == "go" && attributes.namespace == "default" && !attributes.childWorkflowOnly)
        #expect(commands[1].result == "signaled")

        missing.signalExternalFailed(initiated: initiated)
        missing.taskScheduledAndStarted()
        #expect(try play(missing) { try await Self.signal($0) }[1].result == "ExternalWorkflowExecutionNotFound")

        var child = try HistoryBuilder.begun()
        child.taskCompleted()
        let started = child.childInitiated(type: "Child", workflowID: "child")
        child.childStarted(initiated: started, runID: "child-run")
        child.taskScheduledAndStarted()
        let toChild = try play(child) { context in
            let child = try await context.start(
                child: ChildWorkflowTests.Child.self, NoValue(), options: .init(id: "child"))
            try await child.signal(Self.go, "on")
            return ""
        }
        let childAttributes = toChild[1][0].signalExternalWorkflowExecutionCommandAttributes
        #expect(childAttributes.childWorkflowOnly && childAttributes.execution.workflowID == "child")
    }

    @Test(
        "Scenario 077: a signal cancelled before it was sent leaves no command; afterwards, cancelling changes nothing")
    func cancelledSignal() throws {
        let withdrawn = try play(try .begun()) { context in
            try await withThrowingTaskGroup(of: String.self) { group in
                group.addTask { try await Self.signal(context) }
                group.addTask {
                    let looks = Box(0)
                    try await context.wait(until: {
                        looks.value += 1
                        return looks.value > 1
                    })
                    return ""
                }
                _ = try await group.next()
                group.cancelAll()
                return try await group.next() ?? ""
            }
        }
        #expect(withdrawn[0].types == [.completeWorkflowExecution])
        #expect(withdrawn[0].result == "cancelled")

        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let initiated = history.signalExternalInitiated(workflowID: "other", name: "go")
        history.cancelRequested()
        history.taskScheduledAndStarted()
        history.taskCompleted()
        history.externalSignaled(initiated: initiated)
        history.taskScheduledAndStarted()
        let sent = try play(history) { try await Self.signal($0) }
        #expect(sent[1].isEmpty)
        #expect(sent[2].result == "signaled")
    }

    @Test("Scenario 078: a request to cancel another workflow waits until the server has taken or refused it")
    func cancel() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let initiated = history.cancelExternalInitiated(workflowID: "other")
        var missing = history
        history.externalCancelRequested(initiated: initiated)
        history.taskScheduledAndStarted()
        let body: BodyWorkflow.Body = { context in
            do {
                try await context.externalWorkflow(id: "other").cancel(reason: "over")
                return "asked"
            } catch let failure as ApplicationFailure {
                return failure.type
            }
        }
        let commands = try play(history, body)
        #expect(commands[0].types == [.requestCancelExternalWorkflowExecution])
        let attributes = commands[0][0].requestCancelExternalWorkflowExecutionCommandAttributes
        #expect(attributes.workflowID == "other" && !attributes.childWorkflowOnly)
        #expect(attributes.reason == "Cancel requested by workflow with run id run with reason: over")
        #expect(commands[1].result == "asked")

        missing.cancelExternalFailed(initiated: initiated)
        missing.taskScheduledAndStarted()
        #expect(try play(missing, body)[1].result == "ExternalWorkflowExecutionNotFound")
    }
}
