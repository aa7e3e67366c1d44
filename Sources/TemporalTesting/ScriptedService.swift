import DequeModule
import Foundation
package import SwiftProtobuf
import Synchronization
package import Temporal
package import TemporalAPI

/// Temporal's frontend as a script: hands out the tasks it was given, answers as it was told, and remembers every call.
///
/// Polls wait until a task is there, as the real ones do; other calls are answered with an empty response unless ``answer(_:with:)`` says more.
package final class ScriptedService: WorkflowService {
    /// Where polls wait.
    package enum Queue: Sendable, Hashable {
        case workflow, sticky, activity
    }

    private typealias AnyMessage = any Message & Sendable

    private struct Poll {
        let queue: Queue
        let continuation: CheckedContinuation<AnyMessage?, Never>
    }

    private struct State {
        var tasks: [Queue: Deque<AnyMessage>] = [:]
        var nextPoll: UInt64 = 0
        var polls: [UInt64: Poll] = [:]
        var calls: [String: [AnyMessage]] = [:]
        var log: [AnyMessage] = []
        var answers: [String: @Sendable (AnyMessage) async throws -> AnyMessage] = [:]
        var isEnding = false
    }

    package let capabilities: ServerCapabilities
    package let localWorkers: LocalWorkers? = LocalWorkers()
    private let namespace: Temporal_Api_Namespace_V1_NamespaceInfo.Capabilities
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capabilities: what the server can do.
    ///   - namespace: what the namespace can do, such as ending the polls of a worker that shuts down.
    package init(
        capabilities: ServerCapabilities = .init(),
        namespace: Temporal_Api_Namespace_V1_NamespaceInfo.Capabilities = .init()
    ) {
        self.capabilities = capabilities
        self.namespace = namespace
    }

    /// Hands out a workflow task, to whoever asks next.
    package func deliver(_ task: PollWorkflowTask, to queue: Queue = .workflow) { deliver(task as AnyMessage, queue) }

    /// Hands out an activity.
    package func deliver(_ task: PollActivityTask) { deliver(task as AnyMessage, .activity) }

    /// Says what a method answers from now on.
    package func answer<Request, Response>(
        _ method: RPCMethod<Request, Response>, with body: @escaping @Sendable (Request) async throws -> Response
    ) {
        state.withLock {
            $0.answers[method.name] = { request in
                guard let request = request as? Request else { throw ScriptError("\(method.name) got \(request)") }
                return try await body(request)
            }
        }
    }

    /// All calls so far, in their order.
    package var log: [any Message & Sendable] { state.withLock { $0.log } }

    /// All calls of a method so far.
    package func calls<Request, Response>(_ method: RPCMethod<Request, Response>) -> [Request] {
        state.withLock { $0.calls[method.name] ?? [] }.compactMap { $0 as? Request }
    }

    /// Polls that wait for a task.
    package func openPolls(_ queue: Queue) -> Int {
        state.withLock { $0.polls.values.count { $0.queue == queue } }
    }

    /// Waits for a call of a method.
    /// - Parameter number: from 1, in the order of the calls.
    /// - Throws: ``ScriptError`` when it does not come in time.
    package func call<Request, Response>(
        _ number: Int, of method: RPCMethod<Request, Response>
    ) async throws -> Request {
        try await wait("call \(number) of \(method.name)") { calls(method).count >= number }
        return calls(method)[number - 1]
    }

    /// Waits until `condition` holds.
    /// - Throws: ``ScriptError`` when it does not come to hold in time.
    package func wait(_ what: String, until condition: () async -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while !(await condition()) {
            guard ContinuousClock.now < deadline else { throw ScriptError("waited in vain for \(what)") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    package func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        let answer = state.withLock { state in
            state.calls[method.name, default: []].append(request)
            state.log.append(request)
            return state.answers[method.name]
        }
        if let queue = queue(of: request) {
            guard let task = try await poll(queue) else { return Response() }
            return try typed(task, method)
        }
        if request is Temporal_Api_Workflowservice_V1_ShutdownWorkerRequest { endPolls() }
        if let answer { return try typed(try await answer(request), method) }
        if Response.self == Temporal_Api_Workflowservice_V1_DescribeNamespaceResponse.self {
            let description = Temporal_Api_Workflowservice_V1_DescribeNamespaceResponse.with {
                $0.namespaceInfo.capabilities = namespace
            }
            return try typed(description, method)
        }
        return Response()
    }

    private func typed<Request, Response>(
        _ message: AnyMessage, _ method: RPCMethod<Request, Response>
    ) throws -> Response {
        guard let response = message as? Response else { throw ScriptError("\(method.name) cannot answer \(message)") }
        return response
    }

    private func queue(of request: AnyMessage) -> Queue? {
        switch request {
        case let poll as Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest:
            poll.taskQueue.kind == .sticky ? .sticky : .workflow
        case is Temporal_Api_Workflowservice_V1_PollActivityTaskQueueRequest: .activity
        default: nil
        }
    }

    private func deliver(_ task: AnyMessage, _ queue: Queue) {
        let poll: Poll? = state.withLock { state in
            guard let oldest = state.polls.filter({ $0.value.queue == queue }).keys.min() else {
                state.tasks[queue, default: []].append(task)
                return nil
            }
            return state.polls.removeValue(forKey: oldest)
        }
        poll?.continuation.resume(returning: task)
    }

    /// - Returns: nil when the server ends the poll.
    private func poll(_ queue: Queue) async throws -> AnyMessage? {
        let id = state.withLock { state in
            state.nextPoll += 1
            return state.nextPoll
        }
        let task: AnyMessage? = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: AnyMessage?? = state.withLock { state in
                    if let task = state.tasks[queue]?.popFirst() { return .some(task) }
                    if state.isEnding || Task.isCancelled { return .some(nil) }
                    state.polls[id] = Poll(queue: queue, continuation: continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.polls.removeValue(forKey: id) }?.continuation.resume(returning: nil)
        }
        if task == nil { try Task.checkCancellation() }
        return task
    }

    private func endPolls() {
        guard namespace.workerPollCompleteOnShutdown else { return }
        let polls = state.withLock { state in
            state.isEnding = true
            defer { state.polls = [:] }
            return Array(state.polls.values)
        }
        for poll in polls { poll.continuation.resume(returning: nil) }
    }
}

/// A script did not go as written.
package struct ScriptError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
