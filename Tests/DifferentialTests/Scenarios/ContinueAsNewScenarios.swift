import Temporal
import TemporalAPI

extension Scenario {
    static let continuedAsNew: [Scenario] = [
        Scenario(ContinuedAsNew.self, input: "2"),
        Scenario(ContinuedAsNewAllOptions.self, input: "1"),
        Scenario(ContinuedAsNewKeepsAttributes.self),
        Scenario(ContinuedAsNewWithOtherType.self, input: "1"),
        Scenario(ContinuedAsNewAfterSignal.self) { play in
            try await play.settle()
            try await play.signalAndSettle("say", "forgotten")
            try await play.signal("go")
            try await play.waitForNextRun()
            try await play.settle()
            try await play.signalAndSettle("say", "kept")
            try await play.signal("finish")
        },
    ]
}

final class ContinuedAsNew: Workflow {
    private let remaining: Int

    init(_ input: String) { remaining = Int(input) ?? 0 }

    func run(_ context: WorkflowContext) async throws -> String {
        guard remaining == 0 else { throw ContinueAsNew(ContinuedAsNew.self, "\(remaining - 1)") }
        return "done"
    }
}

final class ContinuedAsNewAllOptions: Workflow {
    private let remaining: Int

    init(_ input: String) { remaining = Int(input) ?? 0 }

    func run(_ context: WorkflowContext) async throws -> String {
        guard remaining == 0 else {
            throw ContinueAsNew(
                ContinuedAsNewAllOptions.self, "0",
                options: ContinueAsNewOptions(
                    runTimeout: .seconds(80), taskTimeout: .seconds(7),
                    retryPolicy: RetryPolicy(initialInterval: .seconds(2), maximumAttempts: 3),
                    memo: ["note": try DataConverter.standard.payload(encoding: "kept")]))
        }
        return "done"
    }
}

/// What the first run was started with, and what it changed, is what the second starts with.
final class ContinuedAsNewKeepsAttributes: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        guard context.info.continuedRunID != nil else {
            try context.upsertMemo("changed", "later")
            throw ContinueAsNew(ContinuedAsNewKeepsAttributes.self, NoValue())
        }
        return try context.memo("changed") ?? "not there"
    }
}

final class ContinuedAsNewWithOtherType: Workflow {
    private let remaining: String

    init(_ input: String) { remaining = input }

    func run(_ context: WorkflowContext) async throws -> String {
        throw ContinueAsNew(ContinuedAsNew.self, remaining)
    }
}

final class ContinuedAsNewAfterSignal: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        guard context.info.continuedRunID != nil else {
            try await told(context)
            throw ContinueAsNew(ContinuedAsNewAfterSignal.self, NoValue())
        }
        try await finished(context)
        return words
    }
}
