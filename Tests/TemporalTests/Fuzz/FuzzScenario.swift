import Foundation
import Temporal
import TemporalTesting

/// A random program with random company: another run, signals, updates, a cancel request, and things that go wrong.
struct FuzzScenario {
    let seed: UInt64
    private let program: FuzzProgram
    private let partner: FuzzProgram
    private let signals: [Int]
    private let updates: [Int]
    private let cancelAfter: Int?
    private let faults: TestFaults

    init(seed: UInt64) {
        self.seed = seed
        var generator = SeededGenerator(seed: seed, purpose: 100)
        program = .random(using: &generator)
        signals = (0..<Int.random(in: 0...6, using: &generator)).map { _ in Int.random(in: 0...60, using: &generator) }
        var partner = FuzzProgram.random(using: &generator)
        // Signals go to the partner, itself included: a handler that sends more would never come to an end.
        partner.onSignal = []
        self.partner = partner
        updates = (0..<Int.random(in: 0...6, using: &generator)).map { _ in Int.random(in: 0...60, using: &generator) }
        cancelAfter = generator.happens(0.25) ? Int.random(in: 0...60, using: &generator) : nil
        var faults = TestFaults()
        faults.slowWorkflowTasks = generator.happens(0.5) ? 0.5 : 0
        faults.activityFailures = generator.happens(0.5) ? 0.3 : 0
        faults.activityTimeouts = generator.happens(0.3) ? 0.2 : 0
        faults.lateActivities = generator.happens(0.7) ? 0.6 : 0
        faults.workflowTaskTimeouts = generator.happens(0.3) ? 0.2 : 0
        faults.lostCompletions = generator.happens(0.3) ? 0.2 : 0
        faults.shufflesTasks = generator.happens(0.5)
        self.faults = faults
    }

    /// Runs it to its end, and answers with the histories of all runs there were.
    func histories(evictions: Double, cachedWorkflows: Int = 1000, pageSize: Int = 256) async throws
        -> [WorkflowHistory]
    {
        var faults = faults
        faults.evictions = evictions
        let environment = TestEnvironment(seed: seed, faults: faults, historyPageSize: pageSize)
        var activities = Activities()
        activities.register(FuzzWorkflow.work) { fails, context in
            guard !fails else { throw ApplicationFailure("as told", type: "Told", isNonRetryable: true) }
            return context.attempt
        }
        activities.register(FuzzWorkflow.quick) { fails, _ in
            guard !fails else { throw ApplicationFailure("as told", type: "Told", isNonRetryable: true) }
            return "quick"
        }
        let (program, partner, signals, updates, cancelAfter) = (program, partner, signals, updates, cancelAfter)
        try await environment.withWorker(
            taskQueue: "fuzz", workflows: [FuzzWorkflow.self], activities: activities,
            maximumCachedWorkflows: cachedWorkflows
        ) { client in
            let handle = try await client.startWorkflow(
                FuzzWorkflow.self, program, options: StartWorkflowOptions(id: "fuzz", taskQueue: "fuzz"))
            let other = try await client.startWorkflow(
                FuzzWorkflow.self, partner, options: StartWorkflowOptions(id: "other", taskQueue: "fuzz"))
            for (number, delay) in signals.enumerated() {
                try environment.signal(workflowID: "fuzz", FuzzWorkflow.poke, number, after: .seconds(delay))
            }
            for (number, delay) in updates.enumerated() {
                try environment.update(
                    workflowID: "fuzz", FuzzWorkflow.adjust, number, id: "update-\(number)", after: .seconds(delay))
            }
            if let cancelAfter { environment.cancel(workflowID: "fuzz", after: .seconds(cancelAfter)) }
            for handle in [handle, other] {
                do {
                    _ = try await handle.result()
                } catch is WorkflowFailedError {
                    // Programs may fail; what counts is that they do so every time.
                }
            }
            try await environment.settle()
        }
        return environment.histories
    }
}

/// Which seeds are tried: few in a test run, as many as wanted with `scripts/fuzz`.
enum FuzzSeeds {
    static let programs = range(default: 200)
    static let corruptions = range(default: 1_000)

    private static func range(default count: UInt64) -> Range<UInt64> {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["PAYMENT_SAGA_FUZZ_FROM"].flatMap { UInt64($0) } ?? 1
        return first..<first + (environment["PAYMENT_SAGA_FUZZ_SEEDS"].flatMap { UInt64($0) } ?? count)
    }
}
