import Foundation
import Logging
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTesting

@testable import Temporal

let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension Worker {
    /// A worker of a scripted service.
    static func scripted(
        _ service: ScriptedService, workflows: [any Workflow.Type] = [], activities: Activities = .init(),
        logger: Logger = silent, _ configure: (inout WorkerConfiguration) -> Void = { _ in }
    ) -> Worker {
        var configuration = WorkerConfiguration(taskQueue: "test")
        configuration.activityGracePeriod = .zero
        // The machine may be slow; tests of the limit set their own.
        configuration.deadlockTimeout = nil
        configure(&configuration)
        return Worker(
            service: service, namespace: "default", identity: "tester", configuration: configuration,
            workflows: workflows, activities: activities, logger: logger)
    }

    /// Serves while `body` runs, and shuts down in order.
    func serve(_ body: () async throws -> Void) async throws {
        let running = Task { try await run() }
        do {
            try await body()
        } catch {
            shutdown()
            shutdown()
            throw error
        }
        shutdown()
        try await running.value
    }
}

/// Holds code back until a test lets it go on.
final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let waiting = Atomic<Int>(0)

    /// Blocks the calling thread.
    func block() {
        waiting.add(1, ordering: .relaxed)
        opened.wait()
    }

    var blocked: Int { waiting.load(ordering: .relaxed) }

    func open() { opened.signal() }
}

typealias Completed = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest

extension ScriptedService {
    /// The tokens of the completed workflow tasks, in order.
    var completedTokens: [String] {
        calls(.respondWorkflowTaskCompleted).map { String(decoding: $0.taskToken, as: UTF8.self) }
    }

    var failedTokens: [String] {
        calls(.respondWorkflowTaskFailed).map { String(decoding: $0.taskToken, as: UTF8.self) }
    }

    var answeredTokens: [String] {
        calls(.respondQueryTaskCompleted).map { String(decoding: $0.taskToken, as: UTF8.self) }
    }
}

extension TemporalRPCError {
    static func scripted(_ code: GRPCStatusCode, tooLarge: Bool = false) -> TemporalRPCError {
        TemporalRPCError(operation: "scripted", code: code, message: "scripted", isMessageTooLarge: tooLarge)
    }
}

/// The history of a `SleepWorkflow` whose timer fires, up to the task that ends it.
func sleptHistory() throws -> HistoryBuilder {
    var history = try firstTask("SleepWorkflow")
    history.taskCompleted()
    let timer = history.timerStarted(1)
    history.timerFired(1, started: timer)
    history.taskScheduledAndStarted()
    return history
}
