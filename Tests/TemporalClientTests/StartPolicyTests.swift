import Foundation
import SwiftProtobuf
import Synchronization
import TemporalAPI
import Testing

@testable import Temporal

@Suite("Starting a workflow whose id is known, on the real server", .timeLimit(.minutes(5)))
struct StartPolicyTests {
    /// How the run before stands.
    enum Previous: Sendable, CaseIterable { case open, completed, failed }

    /// What becomes of a start.
    enum Outcome: Sendable { case sameRun, newRun, refused, invalid }

    private func expected(
        _ previous: Previous, _ reuse: WorkflowIDReusePolicy, _ conflict: WorkflowIDConflictPolicy
    ) -> Outcome {
        switch (previous, reuse, conflict) {
        case (_, .rejectDuplicate, .terminateExisting): .invalid
        case (.open, _, .fail): .refused
        case (.open, _, .useExisting): .sameRun
        case (.open, _, .terminateExisting): .newRun
        case (_, .allowDuplicate, _): .newRun
        case (.completed, .allowDuplicateFailedOnly, _): .refused
        case (.failed, .allowDuplicateFailedOnly, _): .newRun
        case (_, .rejectDuplicate, _): .refused
        }
    }

    @Test(
        "Scenario 127: closed runs count by the reuse policy, open ones by the conflict policy",
        arguments: Previous.allCases,
        [WorkflowIDReusePolicy.allowDuplicate, .allowDuplicateFailedOnly, .rejectDuplicate])
    func matrix(previous: Previous, reuse: WorkflowIDReusePolicy) async throws {
        try await connected { client in
            for conflict in [WorkflowIDConflictPolicy.fail, .useExisting, .terminateExisting] {
                var options = options()
                let first = try await client.startWorkflow(Greeting.self, "x", options: options)
                if previous != .open {
                    try await completeTask(of: options.taskQueue, client) {
                        .with {
                            if previous == .completed {
                                $0.commandType = .completeWorkflowExecution
                                $0.completeWorkflowExecutionCommandAttributes = .init()
                            } else {
                                $0.commandType = .failWorkflowExecution
                                $0.failWorkflowExecutionCommandAttributes.failure.message = "no"
                            }
                        }
                    }
                }
                options.requestID = UUID().uuidString
                options.idReusePolicy = reuse
                options.idConflictPolicy = conflict
                var outcome = Outcome.refused
                do {
                    let second = try await client.startWorkflow(Greeting.self, "x", options: options)
                    outcome = second.startedRunID == first.startedRunID ? .sameRun : .newRun
                } catch let error as WorkflowAlreadyStartedError {
                    #expect(error.runID == first.startedRunID)
                } catch let error as TemporalRPCError where error.code == .invalidArgument {
                    outcome = .invalid
                }
                #expect(outcome == expected(previous, reuse, conflict), "\(conflict)")
            }
        }
    }

    @Test("Scenario 127: a signal with start goes to the open run, or to a new one that begins with it")
    func signalWithStart() async throws {
        try await connected { client in
            var options = options()
            let first = try await client.signalWithStart(
                Greeting.self, "x", signal: Greeting.changed, "a", options: options)
            // The same request again is neither another start nor another signal.
            let again = try await client.signalWithStart(
                Greeting.self, "x", signal: Greeting.changed, "a", options: options)
            #expect(first.startedRunID == again.startedRunID)
            options.requestID = UUID().uuidString
            let second = try await client.signalWithStart(
                Greeting.self, "x", signal: Greeting.changed, "b", options: options)
            #expect(first.startedRunID == second.startedRunID)
            #expect(try await signals(of: first.untyped) == ["a", "b"])
            try await first.terminate(reason: "over")
            options.requestID = UUID().uuidString
            let third = try await client.signalWithStart(
                Greeting.self, "x", signal: Greeting.changed, "c", options: options)
            #expect(third.startedRunID != first.startedRunID)
            #expect(try await signals(of: third.untyped) == ["c"])
            options.requestID = UUID().uuidString
            options.idReusePolicy = .rejectDuplicate
            try await third.terminate(reason: "over")
            await #expect(throws: WorkflowAlreadyStartedError.self) {
                try await client.signalWithStart(
                    Greeting.self, "x", signal: Greeting.changed, "d", options: options)
            }
        }
    }

    private func signals(of handle: UntypedWorkflowHandle) async throws -> [String] {
        try await handle.fetchHistory().filter { $0.eventType == .workflowExecutionSignaled }.map {
            try DataConverter.standard.decode(
                String.self, from: $0.workflowExecutionSignaledEventAttributes.input)
        }
    }

    @Test("Scenario 127: an eager start hands its first task to a worker of the same connection")
    func eager() async throws {
        try await connected { client in
            let workers = try #require(client.service.localWorkers)
            var options = options()
            options.requestsEagerStart = true
            let taken = Mutex<[PollWorkflowTask]>([])
            let released = Mutex(0)
            workers.add("worker", namespace: client.namespace, taskQueue: options.taskQueue) {
                .init(
                    use: { task in taken.withLock { $0.append(task) } },
                    release: { released.withLock { $0 += 1 } })
            }
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options)
            let task = try #require(taken.withLock { $0.first })
            #expect(task.workflowExecution.runID == handle.startedRunID)
            #expect(task.history.events.first?.eventID == 1)
            #expect(released.withLock { $0 } == 0)
            // Refused, and so the slot is given back.
            options.requestID = UUID().uuidString
            await #expect(throws: WorkflowAlreadyStartedError.self) {
                try await client.startWorkflow(Greeting.self, "x", options: options)
            }
            #expect(released.withLock { $0 } == 1)
            workers.remove("worker", namespace: client.namespace, taskQueue: options.taskQueue)
            options.id += "-2"
            options.requestID = UUID().uuidString
            _ = try await client.startWorkflow(Greeting.self, "x", options: options)
            #expect(taken.withLock { $0.count } == 1)
        }
    }

    @Test("Scenario 081: a result is that of the last run, through continue-as-new and retries")
    func followRuns() async throws {
        try await connected { client in
            var options = options()
            options.retryPolicy = RetryPolicy(initialInterval: .milliseconds(10))
            let handle = try await client.startWorkflow(Greeting.self, "x", options: options)
            async let result = handle.result()
            try await completeTask(of: options.taskQueue, client) {
                .with {
                    $0.commandType = .continueAsNewWorkflowExecution
                    $0.continueAsNewWorkflowExecutionCommandAttributes.workflowType.name = "Greeting"
                    $0.continueAsNewWorkflowExecutionCommandAttributes.taskQueue.name = options.taskQueue
                    $0.continueAsNewWorkflowExecutionCommandAttributes.retryPolicy.initialInterval.nanos = 10_000_000
                }
            }
            try await completeTask(of: options.taskQueue, client) {
                .with {
                    $0.commandType = .failWorkflowExecution
                    $0.failWorkflowExecutionCommandAttributes.failure.applicationFailureInfo.type = "again"
                }
            }
            try await completeTask(of: options.taskQueue, client) {
                .with {
                    $0.commandType = .completeWorkflowExecution
                    $0.completeWorkflowExecutionCommandAttributes.result =
                        (try? DataConverter.standard.payloads(encoding: "last")) ?? .init()
                }
            }
            #expect(try await result == "last")
            let error = await #expect(throws: WorkflowContinuedAsNewError.self) {
                try await handle.result(followRuns: false)
            }
            #expect(error?.runID == handle.startedRunID)
        }
    }
}
