import Temporal
import TemporalAPI

extension Scenario {
    static let updates: [Scenario] = [
        Scenario(UpdateCompletes.self) { play in
            try await play.settle()
            await play.update("add", "one")
            try await play.settle()
            await play.update("add", "two")
            try await play.settle()
            try await play.signal("finish")
        },
        Scenario(UpdateRejected.self) { play in
            try await play.settle()
            await play.update("add", "bad")
            await play.update("add", "good")
            try await play.settle()
            try await play.signal("finish")
        },
        Scenario(UpdateUnknown.self) { play in
            try await play.settle()
            await play.updateRefused("unheardOf", "one")
            try await play.signal("finish")
        },
        Scenario(UpdateWithActivity.self) { play in
            try await play.settle()
            async let update: Void = play.update("call", "a")
            try await play.settle(.activityTaskScheduled)
            play.open("a")
            await update
            try await play.settle()
            try await play.signal("finish")
        },
        Scenario(UpdateFails.self) { play in
            try await play.settle()
            await play.update("fail", "detail")
            try await play.settle()
            try await play.signal("finish")
        },
        Scenario(UpdateFailsLater.self) { play in
            try await play.settle()
            await play.update("fail_later", "detail")
            try await play.settle()
            try await play.signal("finish")
        },
        Scenario(UpdatesInterleave.self) { play in
            try await play.settle()
            async let first: Void = play.update("call", "a", noting: false)
            try await play.settle(.activityTaskScheduled)
            async let second: Void = play.update("call", "b", noting: false)
            try await play.settle(.activityTaskScheduled, 2)
            play.open("b")
            await second
            try await play.settle()
            play.open("a")
            await first
            try await play.settle()
            try await play.signal("finish")
        },
        Scenario(UpdateBeforeStart.self, startsLate: true) { play in
            async let update: Void = play.update("add", "early")
            try await play.waitForUpdate("add", "early")
            try await play.curtain()
            await update
            try await play.settle()
            try await play.signal("finish")
        },
        Scenario(UpdateWithStart.self, update: "add") { play in
            try await play.settle()
            try await play.signal("finish")
        },
        Scenario(UpdateAndSignalsInOneTask.self) { play in
            try await play.waitForTask()
            try await play.signal("say", "before")
            async let update: Void = play.update("add", "between")
            try await play.waitForUpdate("add", "between")
            try await play.signal("say", "after")
            play.open("task")
            await update
            try await play.settle(.workflowExecutionUpdateCompleted)
            try await play.signal("finish")
        },
        Scenario(UpdateEndsWorkflow.self) { play in
            try await play.settle()
            await play.update("end", "last")
        },
        Scenario(UpdateCutShort.self) { play in
            try await play.settle()
            async let update: Void = play.updateRefused("call", "a")
            try await play.settle(.activityTaskScheduled)
            try await play.signal("finish")
            await update
            play.open("a")
        },
    ]
}

extension Play {
    /// Sends an update and notes what came of it; its id is the name and the value.
    func update(_ name: String, _ value: String, noting: Bool = true) async {
        do {
            let handle = try await handle.startUpdate(
                name: name, input: DataConverter.standard.payloads(encoding: value), waitFor: .completed,
                id: "\(name)-\(value)")
            let result = try await handle.result()
            let json = result.payloads.map { String(decoding: $0.data, as: UTF8.self) }
            if noting { note("\(name) \(value): \(json.joined().replacing(", ", with: ","))") }
        } catch let error as WorkflowUpdateFailedError {
            note("\(name) \(value) failed: \(outline(error.cause))")
        } catch {
            note("\(name) \(value): \(error)")
        }
    }

    /// Sends an update that must come to nothing, in words of each SDK's own.
    func updateRefused(_ name: String, _ value: String) async {
        do {
            let handle = try await handle.startUpdate(
                name: name, input: DataConverter.standard.payloads(encoding: value), waitFor: .completed,
                id: "\(name)-\(value)")
            note("\(name) \(value): \(try await handle.result())")
        } catch {
            note("\(name) \(value): \(type(of: error))")
        }
    }
}

/// Takes updates until it is told to finish.
class Updated: Told, @unchecked Sendable {
    final func finishedWords(_ context: WorkflowContext) async throws -> [String] {
        try await finished(context)
        return words
    }
}

extension Workflow where Self: Updated {
    static var handlers: WorkflowHandlers<Self> {
        WorkflowHandlers<Self>.told
            .update(
                UpdateType<String, [String]>("add"),
                validator: { _, word in
                    guard word == "bad" else { return }
                    throw ApplicationFailure(
                        "a bad word", type: "BadWord", details: [try DataConverter.standard.payload(encoding: word)])
                }
            ) { workflow, word, _ in
                workflow.words.append(word)
                return workflow.words
            }
            .update(UpdateType<String, String>("call")) { workflow, gate, context in
                workflow.words.append("\(gate) begins")
                workflow.words.append(try await context.execute(Shared.hold, HoldRequest(gate), options: .once))
                return gate
            }
            .update(UpdateType<String, String>("fail")) { _, word, _ in throw try updateFlaw(word) }
            .update(UpdateType<String, String>("fail_later")) { _, word, context in
                _ = try await context.execute(Shared.echo, word, options: .once)
                throw try updateFlaw(word)
            }
            .update(UpdateType<String, String>("end")) { workflow, word, _ in
                workflow.isFinished = true
                return word
            }
    }

    private static func updateFlaw(_ word: String) throws -> ApplicationFailure {
        ApplicationFailure(
            "the update failed", type: "UpdateFlaw", details: [try DataConverter.standard.payload(encoding: word)])
    }
}

final class UpdateCompletes: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] { try await finishedWords(context) }
}

final class UpdateRejected: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] { try await finishedWords(context) }
}

final class UpdateUnknown: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] { try await finishedWords(context) }
}

final class UpdateWithActivity: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] { try await finishedWords(context) }
}

final class UpdateFails: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] { try await finishedWords(context) }
}

final class UpdateFailsLater: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] { try await finishedWords(context) }
}

final class UpdatesInterleave: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] { try await finishedWords(context) }
}

final class UpdateAndSignalsInOneTask: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        Gates.block(context.info.workflowID, "task")
        return try await finishedWords(context)
    }
}

final class UpdateEndsWorkflow: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] { try await finishedWords(context) }
}

final class UpdateCutShort: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] { try await finishedWords(context) }
}

final class UpdateBeforeStart: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        words.append("run")
        return try await finishedWords(context)
    }
}

final class UpdateWithStart: Updated, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        words.append("run")
        return try await finishedWords(context)
    }
}
