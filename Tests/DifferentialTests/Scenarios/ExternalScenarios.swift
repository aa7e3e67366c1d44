import Temporal
import TemporalAPI

extension Scenario {
    static let external: [Scenario] = [
        Scenario(ExternalSignal.self) { play in
            try await play.settle()
            let target = try await play.start("target", PatientChild.self, "good")
            try await target.settle()
            try await play.signal("go")
            try await play.settle(.externalWorkflowExecutionSignaled)
            try await play.signal("finish")
        },
        Scenario(ExternalSignalNotFound.self),
        Scenario(ExternalCancel.self) { play in
            try await play.settle()
            let target = try await play.start("target", PatientChild.self, "good")
            try await target.settle()
            try await play.signal("go")
            try await play.settle(.externalWorkflowExecutionCancelRequested)
            try await target.settle(.workflowExecutionCancelRequested)
            try await target.signal("finish")
            try await play.signal("finish")
        },
        Scenario(ExternalCancelNotFound.self),
        Scenario(ChildSignalled.self) { play in
            let child = try await startedChild(play)
            try await play.signal("go")
            try await play.settle(.externalWorkflowExecutionSignaled)
            try await child.settle(.activityTaskScheduled)
            child.open("a")
            try await play.settle(.childWorkflowExecutionCompleted)
            try await play.signal("finish")
        },
        Scenario(ChildLeftBehind.self) { play in
            let child = play.other("child")
            _ = try await play.handle.result()
            try await child.settle()
            try await child.signal("finish")
        },
        cancelled(child: ChildWaitCancelRequested.self, then: .childWorkflowExecutionCanceled),
    ]
}

final class ExternalSignal: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await told(context)
        try await context.externalWorkflow(id: "\(context.info.workflowID)/target")
            .signal(SignalType<NoValue>("finish"), NoValue())
        try await finished(context)
        return "signalled"
    }
}

final class ExternalSignalNotFound: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            try await context.externalWorkflow(id: "\(context.info.workflowID)/nobody")
                .signal(SignalType<NoValue>("finish"), NoValue())
            return "signalled"
        } catch {
            return outline(error)
        }
    }
}

final class ExternalCancel: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await told(context)
        try await context.externalWorkflow(id: "\(context.info.workflowID)/target").cancel()
        try await finished(context)
        return "cancelled"
    }
}

final class ExternalCancelNotFound: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        do {
            try await context.externalWorkflow(id: "\(context.info.workflowID)/nobody").cancel()
            return "cancelled"
        } catch {
            return outline(error)
        }
    }
}

final class ChildSignalled: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        let child = try await context.start(
            child: PatientChild.self, "activity", options: ChildWorkflowOptions(id: "\(context.info.workflowID)/child"))
        try await told(context)
        try await child.signal(SignalType<NoValue>("finish"), NoValue())
        try await finished(context)
        return try await child.result()
    }
}

final class ChildLeftBehind: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        let id = "\(context.info.workflowID)/child"
        let child = try await context.start(
            child: PatientChild.self, "good", options: ChildWorkflowOptions(id: id, parentClosePolicy: .abandon))
        return child.id == id ? "True" : "False"
    }
}

final class ChildWaitCancelRequested: ChildCanceller, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        try await play("good", context, ChildWorkflowOptions(cancellationType: .waitCancellationRequested))
    }
}
