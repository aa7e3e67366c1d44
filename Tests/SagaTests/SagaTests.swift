import PaymentSaga
import Synchronization
import Temporal
import TemporalTesting
import Testing

/// What a saga did, in its order.
final class Journal: Sendable {
    private let entries = Mutex<[String]>([])

    var lines: [String] { entries.withLock { $0 } }

    func add(_ line: String) { entries.withLock { $0.append(line) } }
}

/// Runs a list of steps as the input says, and tells how it ended.
private final class ScriptedSaga: Workflow, @unchecked Sendable {
    struct Script: Codable, Sendable {
        var steps: [String]
        var isParallel = false
        var tolerated: String?
        var collecting: Set<String> = []
    }

    static let act = ActivityType<String, String>("act")
    static let undo = ActivityType<String, NoValue>("undo")

    private let script: Script
    private let saga = Saga()

    init(_ script: Script) { self.script = script }

    func run(_ context: WorkflowContext) async throws -> [String] {
        do {
            if script.isParallel {
                let steps = script.steps
                try await saga.parallel(
                    { try await self.step(steps[0], context) }, { try await self.step(steps[1], context) })
            } else {
                for name in script.steps { try await step(name, context) }
            }
            if let name = script.tolerated {
                await saga.tolerated(name, context) { try await self.act(name, context) }
            }
        } catch {
            do {
                try await saga.compensate(context)
            } catch {
                return summary + ["unwinding: \(error)"]
            }
        }
        return summary
    }

    private var summary: [String] { saga.steps.map { "\($0.name) \($0.state.rawValue)" } }

    private func step(_ name: String, _ context: WorkflowContext) async throws {
        let policy: Saga.FailurePolicy = script.collecting.contains(name) ? .collect : .stop
        let undo = Saga.Compensation("undo-\(name)", whenItFails: policy) {
            _ = try await context.execute(Self.undo, name, options: .once)
        }
        _ = try await saga.step(name, context, undoneBy: undo) { try await self.act(name, context) }
    }

    private func act(_ name: String, _ context: WorkflowContext) async throws -> String {
        try await context.execute(Self.act, name, options: .once)
    }
}

extension ActivityOptions {
    fileprivate static let once = ActivityOptions(startToClose: .seconds(60), retryPolicy: .never)
}

@Suite("A saga", .timeLimit(.minutes(5)))
struct SagaTests {
    /// Runs a script; steps named in `failing` fail after they took effect, and compensations named in `stuck` fail.
    private func run(
        _ script: ScriptedSaga.Script, failing: Set<String> = [], stuck: Set<String> = [], evictions: Double = 0,
        cancelledAfter: Duration? = nil
    ) async throws -> (result: [String], journal: [String]) {
        let journal = Journal()
        var activities = Activities()
        activities.register(ScriptedSaga.act) { name, _ in
            journal.add("do \(name)")
            if failing.contains(name) { throw ApplicationFailure("no \(name)", type: "No") }
            return name
        }
        activities.register(ScriptedSaga.undo) { name, _ in
            journal.add("undo \(name)")
            if stuck.contains(name) { throw ApplicationFailure("no undo of \(name)", type: "No") }
            return NoValue()
        }
        var faults = TestFaults()
        faults.evictions = evictions
        let environment = TestEnvironment(faults: faults)
        if let cancelledAfter {
            environment.setDuration(of: ScriptedSaga.act, to: .seconds(10))
            environment.setDuration(of: ScriptedSaga.undo, to: .seconds(10))
            environment.cancel(workflowID: "saga", after: cancelledAfter)
        }
        let result = try await environment.withWorker(
            taskQueue: "sagas", workflows: [ScriptedSaga.self], activities: activities
        ) { client in
            try await client.startWorkflow(
                ScriptedSaga.self, script, options: StartWorkflowOptions(id: "saga", taskQueue: "sagas")
            ).result()
        }
        return (result, journal.lines)
    }

    @Test("undoes what was done in reverse order, the failed step included, for it may have taken effect")
    func reverse() async throws {
        let run = try await run(.init(steps: ["a", "b", "c"]), failing: ["c"])
        #expect(run.journal == ["do a", "do b", "do c", "undo c", "undo b", "undo a"])
        #expect(
            run.result == [
                "a succeeded", "b succeeded", "c failed", "undo-c succeeded", "undo-b succeeded", "undo-a succeeded",
            ])
    }

    @Test("undoes nothing when all went well, and does not mind a step that may fail")
    func tolerated() async throws {
        let run = try await run(.init(steps: ["a", "b"], tolerated: "sms"), failing: ["sms"])
        #expect(run.journal == ["do a", "do b", "do sms"])
        #expect(run.result == ["a succeeded", "b succeeded", "sms failed"])
    }

    @Test("is the same when its code is rebuilt by replay at every task")
    func replayed() async throws {
        let run = try await run(.init(steps: ["a", "b", "c"], isParallel: false), failing: ["c"], evictions: 1)
        #expect(run.journal == ["do a", "do b", "do c", "undo c", "undo b", "undo a"])
    }

    @Test("stops unwinding at a compensation that fails, and leaves those before it for later")
    func stopping() async throws {
        let run = try await run(.init(steps: ["a", "b", "c"]), failing: ["c"], stuck: ["b"])
        #expect(run.journal == ["do a", "do b", "do c", "undo c", "undo b"])
        #expect(run.result.last?.hasPrefix("unwinding: ") == true)
    }

    @Test("goes on with the other compensations where one may fail, and tells of all that did")
    func collecting() async throws {
        let script = ScriptedSaga.Script(steps: ["a", "b", "c"], collecting: ["b", "c"])
        let run = try await run(script, failing: ["c"], stuck: ["b", "c"])
        #expect(run.journal == ["do a", "do b", "do c", "undo c", "undo b", "undo a"])
        let end = try #require(run.result.last)
        #expect(end.contains("undo-c failed") && end.contains("undo-b failed") && !end.contains("undo-a"))
    }

    @Test(
        "undoes branches that ran at the same time in the reverse order of their registration", arguments: ["a", "b"])
    func parallel(failing: String) async throws {
        let run = try await run(.init(steps: ["a", "b"], isParallel: true), failing: [failing])
        #expect(run.journal.suffix(2) == ["undo b", "undo a"])
        #expect(Set(run.journal.prefix(2)) == ["do a", "do b"])
    }

    @Test("that is cancelled is undone to the end", arguments: [Duration.seconds(5), .seconds(15)])
    func cancelled(after delay: Duration) async throws {
        let run = try await run(.init(steps: ["a", "b"]), cancelledAfter: delay)
        let undone = run.journal.filter { $0.hasPrefix("undo") }
        #expect(undone == (delay == .seconds(5) ? ["undo a"] : ["undo b", "undo a"]))
        #expect(run.result.suffix(undone.count).allSatisfy { $0.hasPrefix("undo-") && $0.hasSuffix("succeeded") })
    }

    @Test("that is cancelled while it is undone goes on undoing")
    func cancelledWhileUndoing() async throws {
        let journal = Journal()
        var activities = Activities()
        activities.register(ScriptedSaga.act) { name, _ in
            if name == "c" { throw ApplicationFailure("no", type: "No") }
            return name
        }
        activities.register(ScriptedSaga.undo) { name, _ in
            journal.add("undo \(name)")
            return NoValue()
        }
        let environment = TestEnvironment()
        environment.setDuration(of: ScriptedSaga.undo, to: .seconds(10))
        environment.cancel(workflowID: "saga", after: .seconds(5))
        _ = try await environment.withWorker(
            taskQueue: "sagas", workflows: [ScriptedSaga.self], activities: activities
        ) { client in
            try await client.startWorkflow(
                ScriptedSaga.self, .init(steps: ["a", "b", "c"]),
                options: StartWorkflowOptions(id: "saga", taskQueue: "sagas")
            ).result()
        }
        #expect(journal.lines == ["undo c", "undo b", "undo a"])
    }
}
