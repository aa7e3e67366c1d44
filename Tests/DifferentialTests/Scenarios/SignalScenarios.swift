import Temporal
import TemporalAPI

extension Scenario {
    static let signals: [Scenario] = [
        Scenario(SignalsBeforeStart.self, startsLate: true) { play in
            try await play.signal("say", "one")
            try await play.signal("say", "two")
            try await play.signal("finish")
            try await play.curtain()
        },
        Scenario(SignalWithStart.self, signal: "go"),
        Scenario(SignalsOneByOne.self) { play in
            try await play.settle()
            for word in ["one", "two", "three"] { try await play.signalAndSettle("say", word) }
            try await play.signal("finish")
        },
        Scenario(SignalsInOneTask.self) { play in
            try await play.waitForTask()
            for word in ["one", "two", "three"] { try await play.signal("say", word) }
            play.open("task")
            try await play.settle(.workflowTaskCompleted, 2)
            try await play.signal("finish")
        },
        Scenario(SignalStartsActivity.self) { play in
            try await play.settle()
            try await play.signal("work", "one")
            try await play.settle(.activityTaskCompleted)
            try await play.signal("work", "two")
        },
        Scenario(SignalHandlersInterleave.self) { play in
            try await play.settle()
            try await play.signalAndSettle("work", "a")
            try await play.signalAndSettle("work", "b")
            play.open("b")
            try await play.settle(.activityTaskCompleted)
            play.open("a")
        },
        Scenario(SignalHandlersWithStart.self, signal: "work") { play in
            try await play.settle()
            play.open("work")
            try await play.settle(.activityTaskCompleted)
            play.open("run")
        },
        Scenario(SignalUnknown.self) { play in
            try await play.settle()
            try await play.signalAndSettle("unheardOf", "one")
            try await play.signal("finish")
        },
        Scenario(SignalHandlerFails.self) { play in
            try await play.settle()
            try await play.signal("work", "detail")
        },
        Scenario(SignalAfterClosingTask.self) { play in
            try await play.settle()
            try await play.signal("go")
            try await play.waitForTask()
            try await play.signal("say", "last")
            play.open("task")
        },
        Scenario(SignalsWakeTwoWaits.self) { play in
            try await play.settle()
            try await play.signalAndSettle("go")
            play.open("b")
            try await play.settle(.activityTaskCompleted)
            play.open("a")
        },
    ]
}

final class SignalsBeforeStart: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        words.append("run")
        try await finished(context)
        return words
    }
}

final class SignalWithStart: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> Bool {
        try await told(context)
        return true
    }
}

final class SignalsOneByOne: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await finished(context)
        return words
    }
}

final class SignalsInOneTask: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        Gates.block(context.info.workflowID, "task")
        try await finished(context)
        return words
    }
}

final class SignalStartsActivity: Told, Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<SignalStartsActivity> {
        .told.signal(SignalType<String>("work")) { workflow, word, context in
            workflow.words.append(try await context.execute(Shared.echo, word, options: .once))
        }
    }

    func run(_ context: WorkflowContext) async throws -> [String] {
        try await context.wait(until: { self.words.count == 2 })
        return words
    }
}

final class SignalHandlersInterleave: Told, Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<SignalHandlersInterleave> {
        .told.signal(SignalType<String>("work")) { workflow, word, context in
            workflow.words.append("\(word) begins")
            workflow.words.append(try await context.execute(Shared.hold, HoldRequest(word), options: .once))
        }
    }

    func run(_ context: WorkflowContext) async throws -> [String] {
        try await context.wait(until: { self.words.count == 4 })
        return words
    }
}

/// The handler asks for an activity before `run` does.
final class SignalHandlersWithStart: Told, Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<SignalHandlersWithStart> {
        .told.signal(SignalType<String>("work")) { workflow, word, context in
            workflow.words.append(try await context.execute(Shared.hold, HoldRequest(word), options: .once))
        }
    }

    func run(_ context: WorkflowContext) async throws -> [String] {
        words.append(try await context.execute(Shared.hold, HoldRequest("run"), options: .once))
        try await context.wait(until: { self.words.count == 2 })
        return words
    }
}

final class SignalUnknown: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await finished(context)
        return words
    }
}

final class SignalHandlerFails: Told, Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<SignalHandlerFails> {
        .told.signal(SignalType<String>("work")) { _, word, _ in
            throw ApplicationFailure(
                "the handler failed", type: "Handler", details: [try DataConverter.standard.payload(encoding: word)])
        }
    }

    func run(_ context: WorkflowContext) async throws -> [String] {
        try await finished(context)
        return words
    }
}

/// A signal comes while the task that would end the run is under way: the server takes the task back.
final class SignalAfterClosingTask: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await told(context)
        Gates.block(context.info.workflowID, "task")
        return words
    }
}

final class SignalsWakeTwoWaits: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await withThrowingTaskGroup { group in
            for word in ["a", "b"] {
                group.addTask {
                    try await self.told(context)
                    self.words.append(try await context.execute(Shared.hold, HoldRequest(word), options: .once))
                }
            }
            try await group.waitForAll()
        }
        return words
    }
}
