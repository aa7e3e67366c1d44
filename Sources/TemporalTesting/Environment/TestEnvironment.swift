public import Foundation
public import Logging
import SwiftProtobuf
public import Temporal
import TemporalAPI

/// A Temporal server in memory, for tests of your own workflows: no network, no waiting.
///
/// Time is virtual. It stands still while there is anything to do, and then jumps to what comes next, so a workflow that sleeps for a month
/// is tested in milliseconds. What happens, and in which order, is a function of the seed, of what the test calls, and of what the code does:
/// the same test has the same history each time.
///
/// ```swift
/// let environment = TestEnvironment()
/// var activities = Activities()
/// activities.register(Shop.charge) { amount, _ in "receipt for \(amount)" }
/// try await environment.withWorker(taskQueue: "shop", workflows: [OrderWorkflow.self], activities: activities) { client in
///     let order = try await client.startWorkflow(
///         OrderWorkflow.self, Order(amount: 10), options: StartWorkflowOptions(id: "order", taskQueue: "shop"))
///     try await environment.sleep(for: .seconds(3600))
///     try await order.signal(OrderWorkflow.approve)
///     #expect(try await order.result() == .paid)
/// }
/// ```
///
/// Nothing happens by itself: workers get tasks only while the test waits for a result, a query, ``settle()`` or ``sleep(for:)``. So what a
/// test calls before that is in history before any code runs.
///
/// An activity is run like by any worker; to have it do something else in a test, register something else under its name. Activities are run
/// one at a time. Those with a heartbeat time-out are not waited for, except that time stands still until they end.
///
/// It is a test double, and knows less than a server: no schedules, no visibility, one namespace.
public final class TestEnvironment: Sendable {
    /// Starts and finds workflows in this environment.
    public let client: TemporalClient
    private let server: TestServer
    private let logger: Logger
    private let startTime: Date

    /// - Parameters:
    ///   - seed: decides what is random: run ids, faults and where they strike.
    ///   - faults: what goes wrong; nothing unless given.
    ///   - startTime: the virtual time at which everything begins, in whole seconds.
    ///   - historyPageSize: events that a worker gets at a time.
    ///   - patience: how long, in real time, a result is waited for when nothing is left that could lead to it.
    ///   - converter: encodes inputs and decodes results.
    ///   - logger: what workers and workflows log to; silent unless given.
    public init(
        seed: UInt64 = 1, faults: TestFaults = .init(), startTime: Date = Date(timeIntervalSince1970: 1_750_000_000),
        historyPageSize: Int = 256, patience: Duration = .seconds(10), converter: DataConverter = .standard,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {
        let seconds = startTime.timeIntervalSince1970.rounded(.down)
        self.startTime = Date(timeIntervalSince1970: seconds)
        server = TestServer(
            ServerState(
                seed: seed, faults: faults, startTime: Int64(seconds), pageSize: max(1, historyPageSize)),
            patience: patience)
        client = TemporalClient(
            service: server, namespace: TestServer.namespace, identity: TestServer.identity, converter: converter)
        self.logger = logger
    }

    /// The virtual time.
    public var now: Date {
        let elapsed = server.withState { $0.now }
        return startTime + TimeInterval(elapsed / .milliseconds(1)) / 1000
    }

    /// The histories of all runs so far, children and successors included, in the order in which the runs began: to be looked at, or replayed.
    public var histories: [WorkflowHistory] {
        server.withState { state in
            state.runOrder.compactMap { state.runs[$0] }.map {
                WorkflowHistory(workflowID: $0.workflowID, events: $0.events)
            }
        }
    }

    /// Serves a task queue with a worker of its own while `body` runs.
    /// - Throws: what `body` throws, or the worker.
    public func withWorker<Result: Sendable>(
        taskQueue: String, workflows: [any Workflow.Type] = [], activities: Activities = .init(),
        maximumCachedWorkflows: Int = 1000, _ body: @Sendable (TemporalClient) async throws -> Result
    ) async throws -> Result {
        try await withWorker(
            WorkerConfiguration(taskQueue: taskQueue, maximumCachedWorkflows: maximumCachedWorkflows),
            workflows: workflows, activities: activities, body)
    }

    /// Serves a task queue with a worker configured like the one in production while `body` runs: strict or not, with its limit for code
    /// that blocks, its errors that fail workflows, its cache. Rates and numbers of pollers have no effect on virtual time.
    /// - Throws: what `body` throws, or the worker.
    public func withWorker<Result: Sendable>(
        _ configuration: WorkerConfiguration, workflows: [any Workflow.Type] = [], activities: Activities = .init(),
        _ body: @Sendable (TemporalClient) async throws -> Result
    ) async throws -> Result {
        let worker = Worker(
            client: client, configuration: configuration, workflows: workflows, activities: activities, logger: logger)
        let serving = Task { try await worker.run() }
        do {
            let result = try await body(client)
            worker.shutdown()
            try await serving.value
            return result
        } catch {
            worker.shutdown()
            try await serving.value
            throw error
        }
    }

    /// Lets everything happen that can happen without time passing.
    /// - Throws: `CancellationError`.
    public func settle() async throws {
        _ = try await server.call("settle") { state, call in state.settleWaiters.append(call) }
    }

    /// Lets virtual time pass, and all that happens in it.
    /// - Throws: `CancellationError`.
    public func sleep(for duration: Duration) async throws {
        _ = try await server.call("sleep") { state, call in
            state.sleepers.insert(call)
            state.agenda.note(.wake(call: call), at: state.now + duration)
        }
    }

    /// Says how long an activity takes in virtual time, from now on; none unless said. It is run when it begins, and its result counts when
    /// the time is over, unless that exceeds its `startToClose`.
    public func setDuration<Input, Output>(of activity: ActivityType<Input, Output>, to duration: Duration) {
        server.withState { $0.activityDurations[activity.name] = duration }
    }

    /// Sends a signal to the run that is open then, after some virtual time. So it can come while the workflow is at work.
    /// - Throws: ``DataConversionError``.
    public func signal<Input>(
        workflowID: String, _ type: SignalType<Input>, _ input: Input, after delay: Duration
    ) throws {
        let payloads = try DataConverter.standard.payloads(encoding: input)
        server.withState {
            $0.agenda.note(.signal(workflowID: workflowID, name: type.name, input: payloads), at: $0.now + delay)
        }
    }

    /// Sends an update to the run that is open then, after some virtual time. Nobody waits for what comes of it; to wait, call
    /// `startUpdate` or `executeUpdate` of a handle.
    /// - Throws: ``DataConversionError``.
    public func update<Input, Output>(
        workflowID: String, _ type: UpdateType<Input, Output>, _ input: Input, id: String, after delay: Duration
    ) throws {
        let payloads = try DataConverter.standard.payloads(encoding: input)
        let request = Temporal_Api_Update_V1_Request.with {
            $0.meta.updateID = id
            $0.meta.identity = TestServer.identity
            $0.input.name = type.name
            $0.input.args = payloads
        }
        let body = try Google_Protobuf_Any(message: request)
        server.withState { $0.agenda.note(.update(workflowID: workflowID, request, body), at: $0.now + delay) }
    }

    /// Says how long attempts of an activity wait for a worker, from now on; they do not, unless said. One that would wait for as long as
    /// its `scheduleToStart` ends then.
    public func setWait<Input, Output>(of activity: ActivityType<Input, Output>, to duration: Duration) {
        server.withState { $0.activityWaits[activity.name] = duration }
    }

    /// Has the next attempts of an activity be lost with the worker that took them: nothing more is heard of them, and they end by their
    /// `heartbeat` time-out, or else by `startToClose`. The code of the activity is not run for them.
    public func loseAttempts<Input, Output>(_ count: Int, of activity: ActivityType<Input, Output>) {
        server.withState { $0.lostAttempts[activity.name] = count }
    }

    /// Asks the run that is open then to cancel itself, after some virtual time.
    public func cancel(workflowID: String, after delay: Duration) {
        server.withState { $0.agenda.note(.cancelRequest(workflowID: workflowID), at: $0.now + delay) }
    }
}
