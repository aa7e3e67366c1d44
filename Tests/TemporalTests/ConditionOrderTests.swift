import Foundation
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

@Suite("Conditions that come true together", .timeLimit(.minutes(5)))
struct ConditionOrderTests {
    @Test("They resume in the order in which they were waited for")
    func inOneProcess() throws {
        var history = try firstTask("ManyConditionsWorkflow")
        let run = ScriptedRun(ManyConditionsWorkflow.self)
        _ = run.task(history)
        history.taskCompleted()
        try history.signaled("go", NoValue())
        history.taskScheduledAndStarted()
        #expect(try run.task(history).result() == Array(0..<ManyConditionsWorkflow.count))
        let replayed = ScriptedRun(ManyConditionsWorkflow.self).replay(history, previousStarted: 3)
        #expect(try replayed.result() == Array(0..<ManyConditionsWorkflow.count))
    }

    /// Each process hashes with a seed of its own, so an order that rests on hashes would not survive this.
    @Test(
        "Scenario 042: conditions that come true together resume in order of registration, in each of fifty processes")
    func inFiftyProcesses() async throws {
        let executable = try #require(CommandLine.arguments.first)
        for round in 1...10 {
            let processes = try (1...5).map { _ in
                let process = Process()
                process.executableURL = URL(fileURLWithPath: executable)
                process.arguments = [
                    "--testing-library", "swift-testing", "--filter",
                    "TemporalTests.ConditionOrderTests/inOneProcess",
                ]
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                return process
            }
            for process in processes {
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().async {
                        process.waitUntilExit()
                        continuation.resume()
                    }
                }
                #expect(process.terminationStatus == 0, "round \(round)")
            }
        }
    }
}

/// Waits for the same thing many times over.
final class ManyConditionsWorkflow: Workflow, @unchecked Sendable {
    static let count = 20

    static var handlers: WorkflowHandlers<ManyConditionsWorkflow> {
        WorkflowHandlers().signal(SignalType<NoValue>("go")) { workflow, _, _ in workflow.isTold = true }
    }

    private var isTold = false
    private var order: [Int] = []

    init(_ input: NoValue) {}

    func run(_ context: WorkflowContext) async throws -> [Int] {
        try await withThrowingTaskGroup { group in
            for number in 0..<Self.count {
                group.addTask {
                    try await context.wait(until: { self.isTold })
                    self.order.append(number)
                }
            }
            try await group.waitForAll()
        }
        return order
    }
}
