import Foundation
import Logging
import Temporal
import TemporalAPI
import Testing
import WaitingTestSupport

@Suite("Workflow operations on the real server", .timeLimit(.minutes(5)))
struct LiveOperationsTests {
    @Test("A run continues as new with its search attributes, memo and count, and the caller gets the last result")
    func continueAsNew() async throws {
        try await withWorker { client, taskQueue in
            let memo = try DataConverter.standard.payload(encoding: "from the start")
            let handle = try await client.startWorkflow(
                ChainWorkflow.self, 1,
                options: StartWorkflowOptions(
                    id: taskQueue, taskQueue: taskQueue, memo: ["note": memo],
                    searchAttributes: SearchAttributes(try ChainWorkflow.batch.set(["first"])),
                    priority: Priority(key: 2), staticSummary: "a chain"))
            #expect(try await handle.result() == "run 3: from the start, second")
        }
    }

    @Test("Search attributes and memo change on the server, patches and all")
    func upsert() async throws {
        try await withWorker { client, taskQueue in
            let handle = try await client.startWorkflow(
                UpsertWorkflow.self, options: StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue))
            #expect(try await handle.result() == "paid true")
            let memo = try await handle.describe().memo
            #expect(try memo["note"].map { try DataConverter.standard.decode(String.self, from: $0) } == "kept")
            #expect(memo["gone"] == nil)
        }
    }

    @Test("Other workflows are signaled and cancelled, and what is not there is a failure that says so")
    func externalWorkflows() async throws {
        try await withWorker { client, taskQueue in
            let target = try await client.startWorkflow(
                TargetWorkflow.self, options: StartWorkflowOptions(id: "\(taskQueue)-target", taskQueue: taskQueue))
            let handle = try await client.startWorkflow(
                ReachingWorkflow.self, "\(taskQueue)-target",
                options: StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue))
            #expect(
                try await handle.result()
                    == "ExternalWorkflowExecutionNotFound ExternalWorkflowExecutionNotFound signaled cancelled")
            let error = await #expect(throws: WorkflowFailedError.self) { try await target.result() }
            #expect(error?.cause is CanceledFailure)
        }
    }

    @Test(
        "Scenario 073: a real child ends as its cancellation type says",
        arguments: [
            (CancellationType.tryCancel, "cancelled"), (.waitCancellationRequested, "cancelled"),
            (.waitCancellationCompleted, "cleaned up"), (.abandon, "cancelled"),
        ])
    func childCancellation(_ type: CancellationType, _ outcome: String) async throws {
        try await withWorker { client, taskQueue in
            let kind = "\(type)"
            let handle = try await client.startWorkflow(
                CancellingParent.self, kind, options: StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue))
            if [.tryCancel, .waitCancellationRequested].contains(type) {
                // The server drops the request to cancel if the run that made it has ended by then.
                try await eventually {
                    try await handle.fetchHistory()
                        .contains { $0.eventType == .externalWorkflowExecutionCancelRequested }
                }
            }
            if type != .waitCancellationCompleted { try await handle.signal(CancellingParent.end) }
            #expect(try await handle.result() == outcome)
            let child = client.handle(for: CleaningChild.self, id: "\(taskQueue)-child")
            if type == .abandon {
                #expect(try await child.describe().status == .running)
                try await child.cancel()
            }
            #expect(try await child.result() == "cleaned up")
        }
    }

    @Test(
        "Scenario 080: a child outlives its parent, is cancelled or terminated with it, as the policy says",
        arguments: [
            (ParentClosePolicy.abandon, WorkflowExecutionStatus.running), (.requestCancel, .completed),
            (.terminate, .terminated),
        ])
    func parentClosePolicy(_ policy: ParentClosePolicy, _ status: WorkflowExecutionStatus) async throws {
        try await withWorker { client, taskQueue in
            let handle = try await client.startWorkflow(
                LeavingParent.self, "\(policy)", options: StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue))
            _ = try await handle.result()
            let child = client.handle(for: CleaningChild.self, id: "\(taskQueue)-child")
            try await eventually { try await child.describe().status == status }
            if status == .running { try await child.terminate(reason: "the test is over") }
        }
    }

    @Test("A child whose id is taken is a typed error")
    func childAlreadyStarted() async throws {
        try await withWorker { client, taskQueue in
            let handle = try await client.startWorkflow(
                TwinsWorkflow.self, options: StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue))
            #expect(try await handle.result() == "\(taskQueue)-child is there")
        }
    }

    // MARK: -

    private func withWorker(_ body: (TemporalClient, String) async throws -> Void) async throws {
        try await withLiveWorker(
            [
                ChainWorkflow.self, UpsertWorkflow.self, TargetWorkflow.self, ReachingWorkflow.self,
                CancellingParent.self, CleaningChild.self, LeavingParent.self, TwinsWorkflow.self,
            ], .init(), body)
    }
}

private final class ChainWorkflow: Workflow {
    static let batch = SearchAttributeKey.keywordList("BuildIds")
    private let count: Int

    init(_ input: Int) { count = input }

    func run(_ context: WorkflowContext) async throws -> String {
        if count < 3 {
            context.upsert(try Self.batch.set(["second"]))
            throw ContinueAsNew(ChainWorkflow.self, count + 1)
        }
        let note = try context.memo("note", as: String.self) ?? "-"
        return "run \(count): \(note), \(context.info.searchAttributes[Self.batch]?.first ?? "-")"
    }
}

private final class UpsertWorkflow: Workflow {
    static let batch = SearchAttributeKey.keywordList("BuildIds")

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        context.upsert(try Self.batch.set(["paid"]))
        try context.upsertMemo("note", "kept")
        try context.upsertMemo("gone", "soon")
        let isNew = context.patched("change")
        try await context.sleep(for: .milliseconds(1))
        let state = context.info.searchAttributes[Self.batch]?.first ?? "-"
        context.upsert(Self.batch.unset)
        try context.upsertMemo("gone", String?.none)
        try await context.sleep(for: .zero)
        return "\(state) \(isNew)"
    }
}

private final class TargetWorkflow: Workflow, @unchecked Sendable {
    static let go = SignalType<String>("go")

    static var handlers: WorkflowHandlers<TargetWorkflow> {
        WorkflowHandlers().signal(go) { target, _, _ in target.isTold = true }
    }

    private var isTold = false

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> NoValue {
        try await context.wait(until: { self.isTold })
        try await context.wait(until: { false })
        return NoValue()
    }
}

private final class ReachingWorkflow: Workflow {
    private let target: String

    init(_ input: String) { target = input }

    func run(_ context: WorkflowContext) async throws -> String {
        let missing = context.externalWorkflow(id: "\(target)-missing")
        var outcome: [String] = []
        do {
            try await missing.signal(TargetWorkflow.go, "on")
        } catch let failure as ApplicationFailure {
            outcome.append(failure.type)
        }
        do {
            try await missing.cancel()
        } catch let failure as ApplicationFailure {
            outcome.append(failure.type)
        }
        let other = context.externalWorkflow(id: target)
        try await other.signal(TargetWorkflow.go, "on")
        try await other.cancel(reason: "over")
        return (outcome + ["signaled", "cancelled"]).joined(separator: " ")
    }
}

/// Takes its time to clean up when it is cancelled, and completes.
private final class CleaningChild: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        try? await context.wait(until: { false })
        return try await context.shielded {
            try await context.sleep(for: .milliseconds(500))
            return "cleaned up"
        }
    }
}

private final class CancellingParent: Workflow, @unchecked Sendable {
    static let end = SignalType<NoValue>("end")

    static var handlers: WorkflowHandlers<CancellingParent> {
        WorkflowHandlers().signal(end) { parent, _, _ in parent.mayEnd = true }
    }

    private let type: CancellationType
    private var mayEnd = false

    init(_ input: String) {
        let all: [CancellationType] = [.tryCancel, .waitCancellationRequested, .waitCancellationCompleted, .abandon]
        type = all.first { "\($0)" == input } ?? .abandon
    }

    func run(_ context: WorkflowContext) async throws -> String {
        let child = try await context.start(
            child: CleaningChild.self, NoValue(),
            options: ChildWorkflowOptions(
                id: "\(context.info.workflowID)-child", parentClosePolicy: .abandon, cancellationType: type))
        child.cancel(reason: "the test says so")
        do {
            return try await child.result()
        } catch let failure as ChildWorkflowFailure where failure.cause is CanceledFailure {
            try await context.wait(until: { self.mayEnd })
            return "cancelled"
        }
    }
}

private final class LeavingParent: Workflow {
    private let policy: ParentClosePolicy

    init(_ input: String) {
        let all: [ParentClosePolicy] = [.abandon, .requestCancel, .terminate]
        policy = all.first { "\($0)" == input } ?? .terminate
    }

    func run(_ context: WorkflowContext) async throws -> NoValue {
        _ = try await context.start(
            child: CleaningChild.self, NoValue(),
            options: ChildWorkflowOptions(id: "\(context.info.workflowID)-child", parentClosePolicy: policy))
        return NoValue()
    }
}

private final class TwinsWorkflow: Workflow {
    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> String {
        let options = ChildWorkflowOptions(id: "\(context.info.workflowID)-child")
        _ = try await context.start(child: CleaningChild.self, NoValue(), options: options)
        do {
            _ = try await context.start(child: CleaningChild.self, NoValue(), options: options)
            return "both started"
        } catch let error as ChildWorkflowAlreadyStartedError {
            return "\(error.workflowID) is there"
        }
    }
}
