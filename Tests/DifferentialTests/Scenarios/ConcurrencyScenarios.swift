import Temporal
import TemporalAPI

extension Scenario {
    static let concurrency: [Scenario] = [
        Scenario(ParallelAsyncLet.self) { play in
            play.open("b")
            try await play.settle(.activityTaskCompleted)
            play.open("a")
        },
        Scenario(ParallelGroup.self) { play in
            for (count, gate) in zip([2, 4, 6], ["c", "a", "b"]) {
                play.open(gate)
                try await play.settle(.activityTaskCompleted, count)
            }
        },
        Scenario(ParallelFailureCancelsOthers.self) { play in
            play.open("a")
            try await play.settle(.timerCanceled, 2)
            try await play.signal("finish")
        },
        Scenario(RaceAgainstTimer.self) { play in
            play.open("a")
            try await play.settle(.timerCanceled)
            try await play.signal("finish")
        },
        Scenario(TimerAndActivity.self),
        Scenario(ManyAtOnce.self) { play in
            try await play.settle(.timerStarted, 20)
            try await play.signal("go")
            try await play.settle(.timerCanceled, 20)
            try await play.signal("finish")
        },
    ]
}

final class ParallelAsyncLet: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        async let first = call("a", context)
        async let second = call("b", context)
        let results = try await [first, second]
        return results + words
    }

    private func call(_ gate: String, _ context: WorkflowContext) async throws -> String {
        let result = try await context.execute(Shared.hold, HoldRequest(gate), options: .once)
        words.append(result)
        return result
    }
}

final class ParallelGroup: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        try await withThrowingTaskGroup { group in
            for gate in ["a", "b", "c"] {
                group.addTask {
                    self.words.append(try await context.execute(Shared.hold, HoldRequest(gate), options: .once))
                    _ = try await context.execute(Shared.echo, "after \(gate)", options: .once)
                }
            }
            try await group.waitForAll()
        }
        return words
    }
}

final class ParallelFailureCancelsOthers: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        let outcomes = await withTaskGroup(of: (Int, String).self) { group in
            for index in 0..<2 {
                group.addTask {
                    do {
                        try await context.sleep(for: .seconds(60))
                        return (index, "slept")
                    } catch {
                        return (index, outline(error))
                    }
                }
            }
            group.addTask {
                _ = try? await context.execute(Shared.hold, HoldRequest("a"), options: .once)
                return (2, "enough")
            }
            var outcomes = [await group.next()]
            group.cancelAll()
            for await outcome in group { outcomes.append(outcome) }
            return outcomes.compactMap(\.self).sorted { $0.0 < $1.0 }.map(\.1)
        }
        try await finished(context)
        return outcomes.joined(separator: ",")
    }
}

final class RaceAgainstTimer: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> String {
        let result = try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { try await context.execute(Shared.hold, HoldRequest("a"), options: .once) }
            group.addTask {
                try await context.sleep(for: .seconds(60))
                return "slept"
            }
            let result = try await group.next()
            group.cancelAll()
            return result ?? ""
        }
        try await finished(context)
        return result
    }
}

final class TimerAndActivity: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> [String] {
        async let nap: Void = nap(context)
        async let call: Void = call(context)
        _ = try await (nap, call)
        return words
    }

    private func nap(_ context: WorkflowContext) async throws {
        try await context.sleep(for: .seconds(3))
        words.append("slept")
    }

    private func call(_ context: WorkflowContext) async throws {
        words.append(try await context.execute(Shared.echo, "echo", options: .once))
    }
}

/// Twenty timers and twenty conditions.
final class ManyAtOnce: Told, Workflow, @unchecked Sendable {
    func run(_ context: WorkflowContext) async throws -> Int {
        let count = try await withThrowingTaskGroup(of: Int.self) { naps in
            for index in 0..<20 {
                naps.addTask {
                    try await context.sleep(for: .seconds(60 + index))
                    return 0
                }
            }
            let count = try await withThrowingTaskGroup(of: Int.self) { waits in
                for _ in 0..<20 {
                    waits.addTask {
                        try await self.told(context)
                        return 1
                    }
                }
                return try await waits.reduce(0, +)
            }
            naps.cancelAll()
            return count
        }
        try await finished(context)
        return count
    }
}
