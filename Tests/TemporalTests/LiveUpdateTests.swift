import Foundation
import Synchronization
import Temporal
import TemporalAPI
import Testing

@Suite("Updates on the real server", .timeLimit(.minutes(5)))
struct LiveUpdateTests {
    @Test("Scenario 091: updates are completed at once and later, and each is the same when asked for again")
    func completed() async throws {
        try await withLedger { handle in
            #expect(try await handle.executeUpdate(LiveLedger.add, 5) == 5)
            let slow = try await handle.startUpdate(LiveLedger.slow, waitFor: .accepted, id: "slow-1")
            #expect(slow.id == "slow-1")
            #expect(slow.runID == handle.startedRunID)
            #expect(try await handle.executeUpdate(LiveLedger.add, 2) == 7)
            #expect(try await slow.result() == "slow-1 waited")
            #expect(try await handle.updateHandle(for: LiveLedger.slow, id: "slow-1").result() == "slow-1 waited")

            #expect(try await handle.executeUpdate(LiveLedger.add, 1, id: "once") == 8)
            #expect(try await handle.executeUpdate(LiveLedger.add, 1, id: "once") == 8)
            #expect(try await handle.executeUpdate(LiveLedger.add, 1) == 9)
        }
    }

    @Test("Scenario 092: a refused update is its caller's error, and leaves no trace in history")
    func refused() async throws {
        try await withLedger { handle in
            _ = try await handle.executeUpdate(LiveLedger.add, 5)
            let before = try await handle.fetchHistory().count
            let refused = await #expect(throws: WorkflowUpdateFailedError.self) {
                try await handle.executeUpdate(LiveLedger.add, -1, id: "bad")
            }
            #expect((refused?.cause as? ApplicationFailure)?.type == "Invalid")
            #expect(refused?.updateID == "bad")
            let unknown = await #expect(throws: WorkflowUpdateFailedError.self) {
                try await handle.executeUpdate(UpdateType<NoValue, NoValue>("nonsense"))
            }
            #expect((unknown?.cause as? ApplicationFailure)?.type == "UnknownUpdate")
            let failed = await #expect(throws: WorkflowUpdateFailedError.self) {
                try await handle.executeUpdate(LiveLedger.fail)
            }
            #expect((failed?.cause as? ApplicationFailure)?.type == "Declined")
            let events = try await handle.fetchHistory().dropFirst(before)
            #expect(events.filter { $0.eventType == .workflowExecutionUpdateAccepted }.count == 1)
        }
    }

    @Test(
        "Scenario 093: a task taken back because it only refused updates does not cost the run its place in the cache")
    func discarded() async throws {
        try await withLedger { handle in
            for _ in 1...3 {
                await #expect(throws: WorkflowUpdateFailedError.self) {
                    try await handle.executeUpdate(LiveLedger.add, -1)
                }
            }
            #expect(try await handle.executeUpdate(LiveLedger.add, 5) == 5)
            #expect(LiveLedger.instances(handle.id) == 1)
            let events = try await handle.fetchHistory().map(\.eventType)
            #expect(events.filter { $0 == .workflowTaskStarted }.count == 2)
        }
    }

    @Test("Scenario 096: an update reaches a run that its worker has dropped")
    func cacheMiss() async throws {
        let client = try await liveClient()
        let taskQueue = "queue-\(UUID().uuidString)"
        let small = WorkerConfiguration(taskQueue: taskQueue, maximumCachedWorkflows: 1)
        try await withLiveWorker(client, small, [LiveLedger.self]) {
            let runs = try await Self.start(client, taskQueue, ["\(taskQueue)-a", "\(taskQueue)-b"])
            for round in 1...3 {
                for run in runs { #expect(try await run.executeUpdate(LiveLedger.add, 1) == round) }
                await #expect(throws: WorkflowUpdateFailedError.self) {
                    try await runs[0].executeUpdate(LiveLedger.add, -1)
                }
            }
            #expect(LiveLedger.instances(runs[0].id) > 1)
            for run in runs {
                #expect(try await run.executeUpdate(LiveLedger.finish) == "finished")
                #expect(try await run.result() == 3)
            }
        }
    }

    @Test("Scenario 096: an update sent while no worker is there reaches the next one")
    func restartedWorker() async throws {
        let client = try await liveClient()
        let taskQueue = "queue-\(UUID().uuidString)"
        let configuration = WorkerConfiguration(taskQueue: taskQueue)
        let run = try await Self.start(client, taskQueue, [taskQueue])[0]
        try await withLiveWorker(client, configuration, [LiveLedger.self]) {
            let total = try await run.executeUpdate(LiveLedger.add, 1)
            #expect(total == 1)
        }
        let second = Task { try await run.executeUpdate(LiveLedger.add, 1) }
        try await withLiveWorker(client, configuration, [LiveLedger.self]) {
            let total = try await second.value
            #expect(total == 2)
        }
    }

    @Test("Scenario 097: an update that ends its workflow is answered all the same")
    func ends() async throws {
        try await withLedger { handle in
            let answer = try await handle.executeUpdate(LiveLedger.finish)
            #expect(answer == "finished")
            #expect(try await handle.result() == 0)
            await #expect(throws: WorkflowNotFoundError.self) {
                try await handle.executeUpdate(LiveLedger.add, 1)
            }
        }
    }

    @Test("An update that is not there, or takes longer than its caller waits, has an error of its own")
    func errors() async throws {
        try await withLedger { handle in
            await #expect(throws: WorkflowUpdateNotFoundError.self) {
                try await handle.updateHandle(for: LiveLedger.add, id: "never sent").result()
            }
            let update = try await handle.startUpdate(LiveLedger.forever, waitFor: .accepted, id: "f")
            let late = await #expect(throws: WorkflowUpdateInterruptedError.self) {
                try await update.result(timeout: .milliseconds(200))
            }
            #expect(late?.updateID == "f")
            let waiting = Task { try await handle.updateHandle(for: LiveLedger.forever, id: "f").result() }
            waiting.cancel()
            await #expect(throws: WorkflowUpdateInterruptedError.self) { try await waiting.value }

            _ = try await handle.executeUpdate(LiveLedger.finish)
            let cut = await #expect(throws: WorkflowUpdateFailedError.self) {
                try await handle.updateHandle(for: LiveLedger.forever, id: "f").result()
            }
            #expect((cut?.cause as? ApplicationFailure)?.type == "AcceptedUpdateCompletedWorkflow")
        }
    }

    @Test("Scenario 099: an update with start starts, uses what is open, and says what refused it")
    func withStart() async throws {
        let client = try await liveClient()
        let taskQueue = "queue-\(UUID().uuidString)"
        try await withLiveWorker(client, WorkerConfiguration(taskQueue: taskQueue), [LiveLedger.self]) {
            var options = StartWorkflowOptions(id: taskQueue, taskQueue: taskQueue)
            func add(_ amount: Int, id: String? = nil) async throws -> Int {
                options.requestID = UUID().uuidString
                return try await client.executeUpdateWithStart(
                    LiveLedger.self, taskQueue, update: LiveLedger.add, amount, options: options, id: id)
            }
            #expect(try await add(5) == 5)
            #expect(try await add(2) == 7)
            let (update, workflow) = try await client.startUpdateWithStart(
                LiveLedger.self, taskQueue, update: LiveLedger.slow, NoValue(), waitFor: .accepted, options: options)
            #expect(try await update.result() == "\(update.id) waited")
            #expect(update.runID == workflow.startedRunID)

            let refused = await #expect(throws: WorkflowUpdateFailedError.self) { try await add(-1) }
            #expect((refused?.cause as? ApplicationFailure)?.type == "Invalid")
            let invalid = await #expect(throws: TemporalRPCError.self) {
                try await add(1, id: String(repeating: "x", count: 2000))
            }
            #expect(invalid?.code == .invalidArgument)
            #expect(invalid?.message.contains("length") == true, "\(String(describing: invalid))")

            options.idConflictPolicy = .fail
            let open = await #expect(throws: WorkflowAlreadyStartedError.self) { try await add(1) }
            #expect(open?.workflowID == taskQueue)
            #expect(open?.runID == workflow.startedRunID)

            _ = try await workflow.executeUpdate(LiveLedger.finish)
            _ = try await workflow.result()
            options.idReusePolicy = .rejectDuplicate
            await #expect(throws: WorkflowAlreadyStartedError.self) { try await add(1) }
        }
    }

    // MARK: -

    private func withLedger(_ body: @escaping @Sendable (WorkflowHandle<LiveLedger>) async throws -> Void) async throws
    {
        let client = try await liveClient()
        let taskQueue = "queue-\(UUID().uuidString)"
        try await withLiveWorker(client, WorkerConfiguration(taskQueue: taskQueue), [LiveLedger.self]) {
            try await body(try await Self.start(client, taskQueue, [taskQueue])[0])
        }
    }

    private static func start(
        _ client: TemporalClient, _ taskQueue: String, _ ids: [String]
    ) async throws -> [WorkflowHandle<LiveLedger>] {
        var handles: [WorkflowHandle<LiveLedger>] = []
        for id in ids {
            handles.append(
                try await client.startWorkflow(
                    LiveLedger.self, id, options: StartWorkflowOptions(id: id, taskQueue: taskQueue)))
        }
        return handles
    }
}

final class LiveLedger: Workflow, @unchecked Sendable {
    static let add = UpdateType<Int, Int>("add")
    static let slow = UpdateType<NoValue, String>("slow")
    static let forever = UpdateType<NoValue, NoValue>("forever")
    static let fail = UpdateType<NoValue, NoValue>("fail")
    static let finish = UpdateType<NoValue, String>("finish")

    static var handlers: WorkflowHandlers<LiveLedger> {
        WorkflowHandlers()
            .update(add) { _, amount in
                guard amount > 0 else { throw ApplicationFailure("not positive", type: "Invalid") }
            } _: { ledger, amount, _ in
                ledger.total += amount
                return ledger.total
            }
            .update(slow) { _, _, context in
                try await context.sleep(for: .milliseconds(100))
                return "\(context.currentUpdate?.id ?? "") waited"
            }
            .update(forever, unfinishedPolicy: .abandon) { _, _, context in
                try await context.wait(until: { false })
                return NoValue()
            }
            .update(fail) { _, _, _ in throw ApplicationFailure("no funds", type: "Declined") }
            .update(finish) { ledger, _, _ in
                ledger.isFinished = true
                return "finished"
            }
    }

    private static let created = Mutex<[String: Int]>([:])

    /// How often a run of this id was built.
    static func instances(_ id: String) -> Int { created.withLock { $0[id] ?? 0 } }

    private var total = 0
    private var isFinished = false

    init(_ id: String) { Self.created.withLock { $0[id, default: 0] += 1 } }

    func run(_ context: WorkflowContext) async throws -> Int {
        // A command, so that tasks taken back are followed by events the run has seen already.
        _ = try await context.wait(until: { self.isFinished }, timeout: .seconds(3600))
        return total
    }
}
