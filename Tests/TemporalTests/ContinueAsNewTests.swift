import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("Continuing as a new run")
struct ContinueAsNewTests {
    final class Counting: Workflow {
        private let count: Int

        init(_ input: Int) { count = input }

        func run(_ context: WorkflowContext) async throws -> Int {
            throw ContinueAsNew(Counting.self, count + 1)
        }
    }

    private static let amount = SearchAttributeKey.int("Amount")
    private static let state = SearchAttributeKey.keyword("State")

    private func history() throws -> HistoryBuilder {
        let note = try DataConverter.standard.payload(encoding: "note")
        let attributes = SearchAttributes(try Self.amount.set(1), try Self.state.set("new"))
        var history = HistoryBuilder(workflowType: "BodyWorkflow")
        history.started {
            $0.workflowType.name = "BodyWorkflow"
            $0.taskQueue.name = "its-queue"
            $0.memo.fields = ["note": note]
            $0.searchAttributes.indexedFields = attributes.fields
            $0.retryPolicy.maximumAttempts = 3
        }
        history.taskScheduledAndStarted()
        return history
    }

    private func successor(
        _ history: HistoryBuilder, _ body: @escaping BodyWorkflow.Body
    ) throws -> Temporal_Api_Command_V1_ContinueAsNewWorkflowExecutionCommandAttributes {
        let command = try #require(try play(history, body).last?.last)
        #expect(command.commandType == .continueAsNewWorkflowExecution)
        return command.continueAsNewWorkflowExecutionCommandAttributes
    }

    @Test(
        "Scenario 079: the new run takes over what is not given: memo, present search attributes, retry policy, queue")
    func inherited() throws {
        let attributes = try successor(history()) { context in
            context.upsert(try Self.state.set("moved"))
            throw ContinueAsNew(Counting.self, 7)
        }
        #expect(attributes.workflowType.name == "Counting" && attributes.taskQueue.name == "its-queue")
        #expect(attributes.input.payloads.map(\.data) == [Data("7".utf8)])
        #expect(attributes.memo.fields["note"]?.data == Data("\"note\"".utf8))
        #expect(attributes.searchAttributes.indexedFields["Amount"]?.data == Data("1".utf8))
        #expect(attributes.searchAttributes.indexedFields["State"]?.data == Data("\"moved\"".utf8))
        #expect(attributes.retryPolicy.maximumAttempts == 3 && attributes.inheritBuildID)
        #expect(!attributes.hasHeader && !attributes.hasWorkflowRunTimeout && !attributes.hasBackoffStartInterval)
    }

    @Test("Scenario 079: what is given counts, headers too")
    func given() throws {
        let header = Payload.with { $0.data = Data("h".utf8) }
        let attributes = try successor(history()) { context in
            throw ContinueAsNew(
                typeName: "Other", input: .init(),
                options: ContinueAsNewOptions(
                    taskQueue: "another", runTimeout: .seconds(60), taskTimeout: .seconds(5), backoff: .seconds(1),
                    retryPolicy: .never, memo: [:], searchAttributes: .init(), headers: ["trace": header]))
        }
        #expect(attributes.workflowType.name == "Other" && attributes.taskQueue.name == "another")
        #expect(!attributes.inheritBuildID)
        #expect(attributes.workflowRunTimeout.seconds == 60 && attributes.workflowTaskTimeout.seconds == 5)
        #expect(attributes.backoffStartInterval.seconds == 1 && attributes.retryPolicy.maximumAttempts == 1)
        #expect(attributes.searchAttributes.indexedFields.isEmpty && attributes.memo.fields.isEmpty)
        #expect(attributes.header.fields["trace"] == header)
    }

    @Test("Scenario 079: of two ways a run ends at once, the first counts")
    func firstEndWins() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        try history.signaled("again", NoValue())
        history.taskScheduledAndStarted()
        // The handler's task is the first to go on.
        let commands = try play(history) { context in
            let isTold = Box(false)
            context.setSignalHandler(SignalType<NoValue>("again")) { _ in
                isTold.value = true
                throw ContinueAsNew(Counting.self, 1)
            }
            try await context.wait(until: { isTold.value })
            return "over"
        }
        #expect(commands[1].types == [.continueAsNewWorkflowExecution])
    }

    @Test("A run that history continues, and the code completes, is refused")
    func mismatch() throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        history.add(.workflowExecutionContinuedAsNew, .workflowExecutionContinuedAsNewEventAttributes(.init()))
        #expect(replay(history) { _ in "over" }.taskFailure?.cause == .nonDeterministicError)
    }
}
