import Temporal
import TemporalAPI

extension Scenario {
    static let childWorkflows: [any Workflow.Type] = [PatientChild.self]

    static let children: [Scenario] = [
        Scenario(ChildSuccess.self, drive: finishChild),
        Scenario(ChildAllOptions.self, drive: finishChild),
        Scenario(ChildFails.self, drive: finishChild),
        Scenario(ChildFailureCaught.self, drive: finishChild),
        Scenario(ChildWithActivity.self) { play in
            let child = try await startedChild(play)
            try await child.signalAndSettle("finish")
            child.open("a")
        },
        Scenario(ChildWithRandomID.self, replaysAcross: false) { play in
            try await play.settle(.childWorkflowExecutionStarted)
            try await play.randomChild().signal("finish")
        },
        cancelled(child: ChildTryCancel.self, then: .childWorkflowExecutionCanceled),
        cancelled(child: ChildWaitCancel.self, then: .childWorkflowExecutionCanceled),
        cancelled(child: ChildWaitCancelSwallowed.self, then: .childWorkflowExecutionCompleted),
        Scenario(ChildAbandon.self) { play in
            let child = try await startedChild(play)
            try await play.signalAndSettle("go")
            try await child.signal("finish")
            try await play.settle(.childWorkflowExecutionCompleted)
            try await play.signal("finish")
        },
        Scenario(ChildCancelBeforeSent.self) { play in
            try await play.settle()
            try await play.signal("finish")
        },
        Scenario(ChildDuplicateID.self) { play in
            try await play.settle(.startChildWorkflowExecutionFailed)
            try await play.signal("finish")
        },
        Scenario(ChildTerminated.self) { play in
            try await startedChild(play).handle.terminate(reason: "enough")
        },
        Scenario(ChildTerminatedFailsParent.self) { play in
            try await startedChild(play).handle.terminate(reason: "enough")
        },
        Scenario(ChildTimesOut.self) { play in _ = try await startedChild(play) },
        Scenario(ChildTimeoutFailsParent.self) { play in _ = try await startedChild(play) },
        Scenario(ChildCancelledFromOutside.self, drive: cancelChild),
        Scenario(ChildCancelledFailsParent.self, drive: cancelChild),
        Scenario(ParentCancelled.self) { play in
            let child = try await startedChild(play)
            try await play.cancel()
            try await play.settle(.externalWorkflowExecutionCancelRequested)
            try await child.signal("finish")
        },
        Scenario(ParentClosesAbandoning.self) { play in
            let child = try await startedChild(play)
            try await play.signal("go")
            _ = try await play.handle.result()
            try await child.signal("finish")
        },
        Scenario(ParentClosesCancelling.self) { play in
            let child = try await startedChild(play)
            try await play.signal("go")
            try await child.settle(.workflowExecutionCancelRequested)
            try await child.signal("finish")
        },
        Scenario(ParentClosesTerminating.self) { play in
            _ = try await startedChild(play)
            try await play.signal("go")
        },
    ]

    /// The child, when it waits and its parent knows that it has started.
    static func startedChild(_ play: Play) async throws -> Play {
        try await play.settle(.childWorkflowExecutionStarted)
        let child = play.other("child")
        try await child.settle()
        return child
    }

    private static let finishChild: @Sendable (Play) async throws -> Void = { play in
        try await startedChild(play).signal("finish")
    }

    static func cancelled(child type: any Workflow.Type, then end: EventType) -> Scenario {
        Scenario(type) { play in
            let child = try await startedChild(play)
            try await play.signal("go")
            try await play.settle(.externalWorkflowExecutionCancelRequested)
            try await child.signal("finish")
            try await play.settle(end)
            try await play.signal("finish")
        }
    }

    private static let cancelChild: @Sendable (Play) async throws -> Void = { play in
        let child = try await startedChild(play)
        try await child.cancel()
        try await child.settle(.workflowTaskCompleted, 2)
        try await child.signal("finish")
    }
}

/// Ends when it is told to, or as its parent tells it to.
final class PatientChild: Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<PatientChild> {
        WorkflowHandlers().signal(SignalType<NoValue>("finish")) { child, _, _ in child.isFinished = true }
    }

    private let manner: String
    private var isFinished = false

    init(_ input: String) { manner = input }

    func run(_ context: WorkflowContext) async throws -> String {
        do {
            try await context.wait(until: { self.isFinished })
        } catch let error as CancellationError {
            try await context.shielded { try await context.wait(until: { self.isFinished }) }
            guard manner == "swallow" else { throw error }
            return "swallowed"
        }
        switch manner {
        case "fail":
            throw ApplicationFailure(
                "the child failed", type: "ChildFlaw", details: [try DataConverter.standard.payload(encoding: "detail")]
            )
        case "activity": return try await context.execute(Shared.hold, HoldRequest("a"), options: .once)
        default: return manner
        }
    }
}

extension WorkflowContext {
    func child(_ manner: String, _ options: ChildWorkflowOptions = .init()) async throws -> String {
        var options = options
        options.id = options.id ?? "\(info.workflowID)/child"
        return try await execute(child: PatientChild.self, manner, options: options)
    }
}

final class ChildSuccess: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String { try await context.child("good") }
}

final class ChildAllOptions: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.child(
            "good",
            ChildWorkflowOptions(
                executionTimeout: .seconds(90), runTimeout: .seconds(80), taskTimeout: .seconds(7),
                retryPolicy: RetryPolicy(initialInterval: .seconds(2), maximumAttempts: 3),
                parentClosePolicy: .requestCancel, idReusePolicy: .rejectDuplicate))
    }
}

final class ChildFails: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String { try await context.child("fail") }
}

final class ChildFailureCaught: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do { return try await context.child("fail") } catch { return outline(error) }
    }
}

final class ChildWithActivity: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String { try await context.child("activity") }
}

final class ChildWithRandomID: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.execute(child: PatientChild.self, "good")
    }
}

/// Cancels its child when it is told to, and ends when it is told to.
class ChildCanceller: Told, @unchecked Sendable {
    func play(_ manner: String, _ context: WorkflowContext, _ options: ChildWorkflowOptions) async throws -> String {
        let outcome = try await cancelled(manner, context, options)
        try await finished(context)
        return outcome
    }

    func cancelled(
        _ manner: String, _ context: WorkflowContext, _ options: ChildWorkflowOptions
    ) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { try await context.child(manner, options) }
            try await told(context)
            group.cancelAll()
            do {
                return try await group.next() ?? ""
            } catch {
                return outline(error)
            }
        }
    }
}

final class ChildTryCancel: ChildCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play("good", context, ChildWorkflowOptions(cancellationType: .tryCancel))
    }
}

final class ChildWaitCancel: ChildCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play("good", context, ChildWorkflowOptions(cancellationType: .waitCancellationCompleted))
    }
}

final class ChildWaitCancelSwallowed: ChildCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play("swallow", context, ChildWorkflowOptions(cancellationType: .waitCancellationCompleted))
    }
}

final class ChildAbandon: ChildCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play("good", context, ChildWorkflowOptions(cancellationType: .abandon))
    }
}

final class ChildCancelBeforeSent: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        let outcome = try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask {
                self.hasBegun = true
                return try await context.child("good")
            }
            try await context.wait(until: { self.hasBegun })
            group.cancelAll()
            do {
                return try await group.next() ?? ""
            } catch {
                return outline(error)
            }
        }
        try await finished(context)
        return outcome
    }
}

final class ChildDuplicateID: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.child("good", ChildWorkflowOptions(id: context.info.workflowID))
        } catch {
            words.append("refused")
            try await finished(context)
            return words[0]
        }
    }
}

final class ChildTerminated: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do { return try await context.child("good") } catch { return outline(error) }
    }
}

final class ChildTerminatedFailsParent: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String { try await context.child("good") }
}

final class ChildTimesOut: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            return try await context.child("good", ChildWorkflowOptions(runTimeout: .seconds(5)))
        } catch {
            return outline(error)
        }
    }
}

final class ChildTimeoutFailsParent: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await context.child("good", ChildWorkflowOptions(runTimeout: .seconds(5)))
    }
}

final class ChildCancelledFromOutside: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do { return try await context.child("good") } catch { return outline(error) }
    }
}

final class ChildCancelledFailsParent: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String { try await context.child("good") }
}

/// Cancellation reaches the child, and then ends the parent.
final class ParentCancelled: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String { try await context.child("good") }
}

final class ParentClosesAbandoning: ChildCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await cancelled(
            "good", context, ChildWorkflowOptions(parentClosePolicy: .abandon, cancellationType: .abandon))
    }
}

final class ParentClosesCancelling: ChildCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await cancelled(
            "good", context, ChildWorkflowOptions(parentClosePolicy: .requestCancel, cancellationType: .abandon))
    }
}

final class ParentClosesTerminating: ChildCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await cancelled(
            "good", context, ChildWorkflowOptions(parentClosePolicy: .terminate, cancellationType: .abandon))
    }
}
