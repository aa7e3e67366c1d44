import TemporalAPI
import TemporalTesting
import Testing

@testable import Temporal

@Suite("Which activation tells of a local activity")
struct LocalActivityActivationTests {
    /// Says how many of two local activities had ended when it first looked.
    private static let body: BodyWorkflow.Body = { context in
        let ended = Box(0)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...2 {
                group.addTask {
                    let _: String = try await context.executeLocal(Local.work, number, options: Local.options)
                    ended.value += 1
                }
            }
            try await context.wait(until: { ended.value > 0 })
            let seen = ended.value
            try await context.sleep(for: .seconds(1))
            try await group.waitForAll()
            return "\(seen)"
        }
    }

    @Test(
        "Ends that history says were told together are told together, and others one by one",
        arguments: [([1, 1], "2"), ([1, 2], "1"), ([nil, nil], "1")] as [([Int?], String)])
    func together(activations: [Int?], seen: String) throws {
        var history = try HistoryBuilder.begun()
        history.taskCompleted()
        for (index, activation) in activations.enumerated() {
            try history.localActivityMarker(index + 1, type: "work", activation: activation, result: "done")
        }
        let timer = history.timerStarted(1)
        history.timerFired(1, started: timer)
        history.taskScheduledAndStarted()
        #expect(replay(history, Self.body).completion?.commands.result == seen)
    }

    @Test("Each end is recorded with the activation that told of it, counted anew in every task")
    func recorded() throws {
        var server = try ScriptedHistory(SequentialLocalWorkflow.self, input: 3)
        _ = server.begin()
        _ = server.run.resolveLocalActivity(try .success(1, "a"))
        _ = server.run.resolveLocalActivity(try .success(2, "b"))
        let first = server.run.heartbeatDue()
        #expect(first.completion?.commands.compactMap { $0.marker?.activationIndex } == [1, 2])
        try server.record(first)
        _ = server.next()
        let last = server.run.resolveLocalActivity(try .success(3, "c"))
        #expect(last.completion?.commands.compactMap { $0.marker?.activationIndex } == [0])
    }
}
