import SwiftProtobuf
import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("What completions say of the SDK")
struct SDKMetadataTests {
    private static let body: BodyWorkflow.Body = { context in
        try await context.sleep(for: .seconds(1))
        try await context.sleep(for: .seconds(1))
        return ""
    }

    private func metadata(_ outputs: [RunOutput]) -> Temporal_Api_Sdk_V1_WorkflowTaskCompletedMetadata? {
        guard case .complete(let completion)? = outputs.first else { return nil }
        return completion.metadata
    }

    /// A run with one timer fired, whose first task was completed as told.
    private func history(flags: [UInt32], _ name: String = "", _ version: String = "") throws -> HistoryBuilder {
        var history = try HistoryBuilder.begun()
        history.taskCompleted(flags: flags, sdkName: name, sdkVersion: version)
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        return history
    }

    @Test("Scenario 088: history with a flag this version does not know fails the task")
    func unknownFlag() throws {
        let failure = try #require(replay(try history(flags: [1, 99]), Self.body).taskFailure)
        #expect(failure.cause == .workflowWorkerUnhandledFailure)
        #expect(failure.failure.message.contains("99"))
    }

    @Test("A history of the official SDK, with all its flags, is accepted")
    func officialFlags() throws {
        #expect(replay(try history(flags: [1, 2, 3, 4], "temporal-python", "1.35.0"), Self.body).taskFailure == nil)
    }

    @Test("Scenario 089: the first completion has all flags and the SDK's name; later ones only what is new")
    func onlyWhatIsNew() throws {
        try BodyWorkflow.$body.withValue(Self.body) {
            let kept = ScriptedRun(BodyWorkflow.self)
            let first = try #require(metadata(kept.task(try .begun())))
            #expect(first.coreUsedFlags == [1, 2, 3, 4] && first.langUsedFlags.isEmpty)
            #expect(!first.sdkName.isEmpty && !first.sdkVersion.isEmpty)
            let history = try history(flags: [1, 2, 3, 4], first.sdkName, first.sdkVersion)
            #expect(metadata(kept.task(history)) == .init())

            let same = replay(history, Self.body)
            #expect(metadata(same) == .init())
            let older = replay(try self.history(flags: [1], first.sdkName, "0.1"), Self.body)
            #expect(metadata(older)?.coreUsedFlags == [2, 3, 4])
            #expect(metadata(older)?.sdkName == "" && metadata(older)?.sdkVersion == first.sdkVersion)
            let other = replay(try self.history(flags: [], "temporal-python", first.sdkVersion), Self.body)
            #expect(metadata(other)?.coreUsedFlags == [1, 2, 3, 4])
            #expect(metadata(other)?.sdkName == first.sdkName && metadata(other)?.sdkVersion == "")
        }
    }

    @Test("Flags in history count, whether or not the server of today keeps any")
    func flagsWithoutCapability() throws {
        var metadata = SDKMetadata(isEnabled: false)
        try metadata.apply(.with { $0.coreUsedFlags = [2] })
        #expect(metadata.allows(.listsPatches, isReplaying: true))
        #expect(!metadata.allows(.listsPatches, isReplaying: false))
    }

    @Test("Scenario 089: a server that keeps nothing of it is told nothing")
    func withoutCapability() throws {
        let outputs = replay(try .begun(), options: RunOptions(recordsMetadata: false), Self.body)
        #expect(outputs.commandTypes == [.startTimer])
        #expect(metadata(outputs) == nil)
    }
}
