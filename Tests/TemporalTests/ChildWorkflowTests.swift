import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("Child workflows")
struct ChildWorkflowTests {
    /// A child that the tests' parents start.
    final class Child: Workflow {
        init(_ input: NoValue) {}

        func run(_ context: WorkflowContext) async throws -> String { "" }
    }

    private static func start(
        _ context: WorkflowContext, _ type: CancellationType = .waitCancellationCompleted
    ) async throws -> ChildWorkflowHandle<Child> {
        try await context.start(child: Child.self, NoValue(), options: .init(id: "child", cancellationType: type))
    }

    /// How the child ended, after a timer that shows when the code went on.
    private static func report(
        _ context: WorkflowContext, _ body: @escaping @Sendable () async throws -> String
    ) async throws -> String {
        do {
            return try await body()
        } catch let failure as ChildWorkflowFailure where failure.cause is CanceledFailure {
            return try await context.shielded {
                try await context.sleep(for: .seconds(1))
                return "cancelled"
            }
        }
    }

    /// A parent that has asked for its child, with the child initiated and, if told so, started.
    private func history(isStarted: Bool) throws -> (HistoryBuilder, initiated: Int64) {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        let initiated = history.childInitiated(type: "Child", workflowID: "child")
        if isStarted {
            history.childStarted(initiated: initiated, runID: "child-run")
            history.taskScheduledAndStarted()
            history.taskCompleted()
        }
        return (history, initiated)
    }

    @Test("Scenario 072: a child starts and completes; one that can't start says why, by type")
    func startAndComplete() throws {
        var (history, initiated) = try history(isStarted: true)
        try history.childCompleted(initiated: initiated, result: "done")
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let child = try await Self.start(context)
            let result = try await child.result()
            // Whoever holds the handle may ask again.
            return "\(child.id) \(child.runID) \(result) \(try await child.result())"
        }
        #expect(commands[0].types == [.startChildWorkflowExecution])
        #expect(commands[0][0].startChildWorkflowExecutionCommandAttributes.workflowID == "child")
        #expect(commands[1].isEmpty)
        #expect(commands[2].result == "child child-run done done")

        var (refused, other) = try self.history(isStarted: false)
        refused.childStartFailed(initiated: other)
        refused.taskScheduledAndStarted()
        let answers = try play(refused) { context in
            do {
                return try await Self.start(context).result()
            } catch let error as ChildWorkflowAlreadyStartedError {
                return "\(error.workflowID) of \(error.workflowType) is there"
            }
        }
        #expect(answers[1].result == "child of Child is there")
        #expect(try play(refused) { try await Self.start($0).result() }[1].failure != nil)
    }

    @Test("Scenario 073: a child cancelled before it was sent leaves no command, whatever the cancellation type")
    func cancelledBeforeSent() throws {
        for type in Self.allTypes {
            let commands = try play(try .begun()) { context in
                try await withThrowingTaskGroup(of: String.self) { group in
                    group.addTask {
                        do {
                            return try await Self.start(context, type).result()
                        } catch let failure as ChildWorkflowFailure {
                            return failure.message
                        }
                    }
                    group.addTask {
                        let round = Box(0)
                        try await context.wait(until: {
                            round.value += 1
                            return round.value > 1
                        })
                        return ""
                    }
                    _ = try await group.next()
                    group.cancelAll()
                    return try await group.next() ?? ""
                }
            }
            #expect(commands[0].types == [.completeWorkflowExecution], "\(type)")
            #expect(commands[0].result?.contains("before scheduled") == true, "\(type)")
        }
    }

    private static let allTypes: [CancellationType] = [
        .tryCancel, .waitCancellationRequested, .waitCancellationCompleted, .abandon,
    ]

    @Test("Scenario 073: a child cancelled when initiated or started is asked to, and waited for, as its type says")
    func cancelled() throws {
        for isStarted in [false, true] {
            for type in Self.allTypes {
                var (history, initiated) = try history(isStarted: isStarted)
                history.cancelRequested()
                history.taskScheduledAndStarted()
                history.taskCompleted()
                let isRequested = type != .abandon
                let request = isRequested ? history.cancelExternalInitiated(workflowID: "child") : 0
                let goesOnAtOnce = type == .abandon || type == .tryCancel
                var timer: Int64 = goesOnAtOnce ? history.timerStarted(1) : 0
                if isRequested { history.externalCancelRequested(initiated: request) }
                if !isStarted { history.childStarted(initiated: initiated, runID: "child-run") }
                if type == .waitCancellationRequested {
                    history.taskScheduledAndStarted()
                    history.taskCompleted()
                    timer = history.timerStarted(1)
                }
                history.childCanceled(initiated: initiated)
                if type == .waitCancellationCompleted {
                    history.taskScheduledAndStarted()
                    history.taskCompleted()
                    timer = history.timerStarted(1)
                }
                history.timerFired(1, started: timer)
                history.taskScheduledAndStarted()

                let name = "\(type), \(isStarted ? "started" : "initiated")"
                let commands = try play(history) { context in
                    try await Self.report(context) { try await Self.start(context, type).result() }
                }
                let asked = commands[isStarted ? 2 : 1]
                #expect(asked.types.contains(.requestCancelExternalWorkflowExecution) == isRequested, "\(name)")
                #expect(asked.types.contains(.startTimer) == goesOnAtOnce, "\(name)")
                if isRequested {
                    let attributes = asked[0].requestCancelExternalWorkflowExecutionCommandAttributes
                    #expect(attributes.workflowID == "child" && attributes.childWorkflowOnly, "\(name)")
                    #expect(attributes.runID == (isStarted ? "child-run" : ""), "\(name)")
                }
                #expect(commands.last?.result == "cancelled", "\(name)")
            }
        }
    }

    @Test("Scenario 073: a handle cancels its child without cancelling the code")
    func cancelledByHandle() throws {
        var (history, initiated) = try history(isStarted: true)
        let request = history.cancelExternalInitiated(workflowID: "child")
        history.externalCancelRequested(initiated: request)
        history.childCanceled(initiated: initiated)
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let child = try await Self.start(context)
            child.cancel(reason: "no more needed")
            do {
                return try await child.result()
            } catch let failure as ChildWorkflowFailure where failure.cause is CanceledFailure {
                return "cancelled"
            }
        }
        #expect(commands[1].types == [.requestCancelExternalWorkflowExecution])
        let attributes = commands[1][0].requestCancelExternalWorkflowExecutionCommandAttributes
        #expect(attributes.reason == "no more needed")
        #expect(commands[2].result == "cancelled")
    }

    @Test("Scenario 074: cancelling a child that has completed asks nothing")
    func cancelledAfterCompletion() throws {
        var (history, initiated) = try history(isStarted: true)
        try history.childCompleted(initiated: initiated, result: "done")
        history.taskScheduledAndStarted()
        let commands = try play(history) { context in
            let child = try await Self.start(context)
            let result = try await child.result()
            child.cancel()
            return result
        }
        #expect(commands[2].types == [.completeWorkflowExecution])
    }

    @Test("Scenario 075: an abandoned child may end as it likes afterwards")
    func abandoned() throws {
        let endings: [(inout HistoryBuilder, Int64) throws -> Void] = [
            { try $0.childCompleted(initiated: $1, result: "done") },
            { $0.childFailed(initiated: $1, ApplicationFailure("no", type: "No"), .nonRetryableFailure) },
            { $0.childTimedOut(initiated: $1, .timeout) },
            { $0.childTerminated(initiated: $1) },
            { $0.childCanceled(initiated: $1) },
        ]
        for ending in endings {
            var (history, initiated) = try history(isStarted: true)
            history.cancelRequested()
            history.taskScheduledAndStarted()
            history.taskCompleted()
            let timer = history.timerStarted(1)
            try ending(&history, initiated)
            history.timerFired(1, started: timer)
            history.taskScheduledAndStarted()
            let commands = try play(history) { context in
                try await Self.report(context) { try await Self.start(context, .abandon).result() }
            }
            #expect(commands[3].result == "cancelled")
        }
    }

    @Test("Scenario 076: a child that fails, times out or is terminated says so, with why it was not tried again")
    func failures() throws {
        let (history, initiated) = try history(isStarted: true)
        var (failed, timedOut, terminated) = (history, history, history)
        failed.childFailed(
            initiated: initiated, ApplicationFailure("no", type: "Declined"), .maximumAttemptsReached)
        timedOut.childTimedOut(initiated: initiated, .timeout)
        terminated.childTerminated(initiated: initiated)
        func failure(_ history: HistoryBuilder) throws -> Failure {
            var history = history
            history.taskScheduledAndStarted()
            let commands = try play(history) { try await Self.start($0).result() }
            let failure = try #require(commands[2].failure)
            let info = failure.childWorkflowExecutionFailureInfo
            #expect(info.workflowExecution.workflowID == "child" && info.workflowExecution.runID == "child-run")
            #expect(info.workflowType.name == "Child" && info.initiatedEventID == initiated)
            return failure
        }
        let application = try failure(failed)
        #expect(application.childWorkflowExecutionFailureInfo.retryState == .maximumAttemptsReached)
        #expect(application.cause.applicationFailureInfo.type == "Declined")
        let timeout = try failure(timedOut)
        #expect(timeout.childWorkflowExecutionFailureInfo.retryState == .timeout)
        #expect(timeout.cause.timeoutFailureInfo.timeoutType == .startToClose)
        #expect(try failure(terminated).cause.terminatedFailureInfo == .init())
    }

    @Test("A child that another id or type was recorded for is refused")
    func mismatch() throws {
        for (type, id) in [("Other", "child"), ("Child", "other")] {
            var history = try HistoryBuilder.begun()
            history.taskCompleted()
            history.childInitiated(type: type, workflowID: id)
            history.taskScheduledAndStarted()
            let outputs = replay(history) { try await Self.start($0).result() }
            #expect(outputs.taskFailure?.cause == .nonDeterministicError)
        }
    }

    @Test("Memo, search attributes, schedule, policies and summary go out with a child")
    func options() throws {
        let commands = try play(try .begun()) { context in
            let memo = try DataConverter.standard.payload(encoding: "note")
            let options = ChildWorkflowOptions(
                id: "child", parentClosePolicy: .requestCancel, idReusePolicy: .rejectDuplicate,
                cronSchedule: "0 * * * *", memo: ["note": memo],
                searchAttributes: SearchAttributes(try SearchAttributeKey.int("Amount").set(5)),
                priority: Priority(key: 2), staticSummary: "settles", staticDetails: "all of them")
            return try await context.execute(child: Child.self, NoValue(), options: options)
        }
        let attributes = commands[0][0].startChildWorkflowExecutionCommandAttributes
        #expect(attributes.memo.fields["note"]?.data == Data("\"note\"".utf8))
        let amount = try #require(attributes.searchAttributes.indexedFields["Amount"])
        #expect(amount.data == Data("5".utf8) && amount.metadata["type"] == Data("Int".utf8))
        #expect(attributes.cronSchedule == "0 * * * *" && attributes.priority.priorityKey == 2)
        #expect(attributes.parentClosePolicy == .requestCancel)
        #expect(attributes.workflowIDReusePolicy == .rejectDuplicate)
        #expect(commands[0][0].userMetadata.summary.data == Data("\"settles\"".utf8))
        #expect(commands[0][0].userMetadata.details.data == Data("\"all of them\"".utf8))
    }
}
