import Foundation
import Synchronization
import Temporal
import TemporalAPI

/// One run of a scenario on one side, as the scenario's driver sees it.
final class Play: Sendable {
    let id: String
    let handle: UntypedWorkflowHandle
    private let client: TemporalClient
    private let queue: String
    private let serve: @Sendable () async throws -> Void
    private let observations = Mutex<[String]>([])
    private let others = Mutex<[String]>([])

    init(
        _ handle: UntypedWorkflowHandle, client: TemporalClient, queue: String,
        serve: @escaping @Sendable () async throws -> Void
    ) {
        id = handle.id
        self.handle = handle
        self.client = client
        self.queue = queue
        self.serve = serve
    }

    /// What ``note(_:)`` was told.
    var notes: [String] { observations.withLock { $0 } }
    /// Other workflows whose histories count too.
    var otherIDs: [String] { others.withLock { $0 } }

    /// Has the worker come, if it starts late.
    func curtain() async throws { try await serve() }

    /// Something both sides must have said the same.
    func note(_ observation: String) { observations.withLock { $0.append(observation) } }

    /// Another workflow of this play, which the workflow itself or a child started; its history counts too.
    func other(_ name: String) -> Play {
        let id = "\(self.id)/\(name)"
        others.withLock { $0.append(id) }
        return Play(client.handle(id: id), client: client, queue: queue, serve: serve)
    }

    /// Waits for the run that continues the first; what comes then is about that.
    func waitForNextRun() async throws {
        try await wait("a second run") { events in
            events.first?.workflowExecutionStartedEventAttributes.continuedExecutionRunID.isEmpty == false
        }
    }

    /// Starts another workflow on the same side; its history counts too.
    func start(_ name: String, _ type: any Workflow.Type, _ input: String) async throws -> Play {
        let play = other(name)
        _ = try await client.startWorkflow(
            typeName: type.workflowType, input: DataConverter.standard.payloads(encoding: input),
            options: StartWorkflowOptions(id: play.id, taskQueue: queue))
        return play
    }

    /// The child that has started, whatever its id.
    func randomChild() async throws -> Play {
        let started = try await handle.fetchHistory().last { $0.eventType == .childWorkflowExecutionStarted }
        let id = started?.childWorkflowExecutionStartedEventAttributes.workflowExecution.workflowID ?? ""
        return Play(client.handle(id: id), client: client, queue: queue, serve: serve)
    }

    func open(_ gate: String) { Gates.open(id, gate) }

    /// Waits until an activity has begun to wait for a gate.
    func waitForGate(_ gate: String) async throws { try await Gates.wait(id, gate) }

    func signal(_ name: String, _ value: String? = nil) async throws {
        let input = try value.map { try DataConverter.standard.payloads(encoding: $0) } ?? Payloads()
        try await handle.signal(name: name, input: input)
    }

    /// Signals, and waits until the workflow has done with it.
    func signalAndSettle(_ name: String, _ value: String? = nil) async throws {
        try await signal(name, value)
        try await settle()
    }

    func query(_ name: String) async {
        do {
            let answer = try await handle.query(name: name, input: Payloads())
            note("\(name): \(try DataConverter.standard.decode([String].self, from: answer))")
        } catch let error as WorkflowQueryError {
            // The official SDK sends the message alone, ours the whole failure.
            let cause: (any Error)? = if case .failed(let cause) = error.reason { cause } else { nil }
            note("\(name) failed: \((cause as? any TemporalFailure)?.message ?? "\(error)")")
        } catch {
            note("\(name): \(error)")
        }
    }

    func cancel() async throws { try await handle.cancel() }

    /// Waits until history holds `count` events of a type, and no workflow task is due or under way.
    func settle(_ type: EventType = .workflowTaskCompleted, _ count: Int = 1) async throws {
        try await wait("\(count) of \(type)") { events in
            let isIdle = ![.workflowTaskScheduled, .workflowTaskStarted].contains(events.last?.eventType)
            return isIdle && events.filter { $0.eventType == type }.count >= count
        }
    }

    /// Waits until history holds `count` events of a type.
    func wait(for type: EventType, _ count: Int) async throws {
        try await wait("\(count) of \(type)") { $0.filter { $0.eventType == type }.count >= count }
    }

    /// Waits until a workflow task is under way.
    func waitForTask() async throws {
        try await wait("a started workflow task") { $0.last?.eventType == .workflowTaskStarted }
    }

    /// Waits until the server has an update, of which history says nothing yet: the wait for its result is not
    /// refused, in the time the server may take for that on a busy machine.
    func waitForUpdate(_ name: String, _ value: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            do {
                _ = try await handle.updateHandle(id: "\(name)-\(value)").result(timeout: .milliseconds(500))
                return
            } catch is WorkflowUpdateInterruptedError {
                return
            } catch is WorkflowUpdateNotFoundError {
                try await Task.sleep(for: .milliseconds(15))
            }
        }
        throw Missed(description: "\(id): no update \(name)-\(value) in 60 seconds")
    }

    /// Lets real time pass until short timers of the workflow have fired while its task is under way. The server keeps that to itself until
    /// the task is answered: nothing tells of it that could be waited for.
    func outlastTimers() async throws { try await Task.sleep(for: .seconds(4)) }

    private func wait(_ what: String, until condition: ([HistoryEvent]) -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let events = (try? await handle.fetchHistory()) ?? []
            if condition(events) { return }
            guard ContinuousClock.now < deadline else {
                throw Missed(description: "\(id): no \(what) in 60 seconds, but \(events.map(\.eventType))")
            }
            try await Task.sleep(for: .milliseconds(15))
        }
    }

    struct Missed: Error, CustomStringConvertible {
        let description: String
    }
}
