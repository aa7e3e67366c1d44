import Temporal

extension Scenario {
    static let patches: [Scenario] = [
        Scenario(Patched.self),
        Scenario(PatchedSeveral.self),
        Scenario(PatchDeprecated.self),
        Scenario(PatchedInSignal.self) { play in
            try await play.settle()
            try await play.signal("work", "word")
        },
    ]
}

final class Patched: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        guard context.patched("new-course") else { return "old" }
        try await context.sleep(for: .milliseconds(20))
        return "new"
    }
}

/// Two patches, one of them asked for twice, in several tasks.
final class PatchedSeveral: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [Bool] {
        var answers = [context.patched("b"), context.patched("b")]
        _ = try await context.execute(Shared.echo, "between", options: .once)
        answers += [context.patched("b"), context.patched("a")]
        try await context.sleep(for: .milliseconds(20))
        return answers
    }
}

final class PatchDeprecated: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        context.deprecatePatch("new-course")
        try await context.sleep(for: .milliseconds(20))
        return "new"
    }
}

final class PatchedInSignal: Told, Workflow, @unchecked Sendable {
    static var handlers: WorkflowHandlers<PatchedInSignal> {
        .told.signal(SignalType<String>("work")) { workflow, word, context in
            guard context.patched("in-handler") else { return }
            workflow.words.append(try await context.execute(Shared.echo, word, options: .once))
        }
    }

    func run(_ context: WorkflowContext) async throws -> [String] {
        try await context.wait(until: { !self.words.isEmpty })
        return words
    }
}
