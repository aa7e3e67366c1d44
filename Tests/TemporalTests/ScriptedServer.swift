import Foundation
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTesting

@testable import Temporal

/// A server that hands a worker the workflow tasks it is given, and keeps the worker's answers.
final class ScriptedServer: WorkflowService {
    typealias Completed = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskCompletedRequest
    typealias Failed = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedRequest
    typealias Answered = Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedRequest

    /// What a worker answered to a task.
    enum Answer {
        case completed(Completed)
        case failed(Failed)
        case query(Answered)
    }

    private struct State {
        var tasks: [PollWorkflowTask] = []
        var answers: [Answer] = []
        /// Thrown by the next calls of a method.
        var errors: [String: [TemporalRPCError]] = [:]
        var history: [HistoryEvent] = []
        var tokens: UInt8 = 0
    }

    private let state = Mutex(State())

    let capabilities = ServerCapabilities.with { $0.sdkMetadata = true }
    let localWorkers: LocalWorkers? = nil

    /// Refuses the next call of a method.
    func refuse(_ method: String, _ code: GRPCStatusCode, _ message: String, isMessageTooLarge: Bool = false) {
        let error = TemporalRPCError(
            operation: method, code: code, message: message, isMessageTooLarge: isMessageTooLarge)
        state.withLock { $0.errors[method, default: []].append(error) }
    }

    /// Hands out a task with the history from the given event on, and waits for the worker's answers.
    /// - Parameter change: makes the task something special.
    func answers(
        _ count: Int = 1, to history: HistoryBuilder, from first: Int64 = 1, previousStarted: Int64 = 0,
        _ change: (inout PollWorkflowTask) -> Void = { _ in }
    ) async throws -> [Answer] {
        let before = state.withLock { state in
            state.tokens += 1
            var task = PollWorkflowTask()
            task.taskToken = Data([state.tokens])
            task.workflowExecution.workflowID = "workflow"
            task.workflowExecution.runID = "run"
            task.workflowType.name = "BodyWorkflow"
            task.attempt = 1
            task.previousStartedEventID = previousStarted
            task.startedEventID = history.lastStartedID
            task.history.events = history.events.filter { $0.eventID >= first }
            change(&task)
            state.tasks.append(task)
            state.history = history.events
            return state.answers.count
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            let answers = state.withLock { Array($0.answers[before...]) }
            if answers.count >= count { return answers }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw ApplicationFailure("the worker did not answer in 30 seconds", type: "Test")
    }

    func call<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ request: Request, _ callClass: CallClass
    ) async throws -> Response {
        if let response = try await respond(method.name, request) as? Response { return response }
        return Response()
    }

    private func respond(_ method: String, _ request: any Message) async throws -> (any Message)? {
        switch request {
        case let request as Temporal_Api_Workflowservice_V1_PollWorkflowTaskQueueRequest:
            // One kind of poller is enough.
            while true {
                try Task.checkCancellation()
                let task = request.taskQueue.kind == .sticky ? nil : state.withLock { $0.tasks.popLast() }
                if let task { return task }
                try await Task.sleep(for: .milliseconds(2))
            }
        case let request as Completed: state.withLock { $0.answers.append(.completed(request)) }
        case let request as Failed: state.withLock { $0.answers.append(.failed(request)) }
        case let request as Answered: state.withLock { $0.answers.append(.query(request)) }
        case is Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryRequest:
            return Temporal_Api_Workflowservice_V1_GetWorkflowExecutionHistoryResponse.with { response in
                response.history.events = state.withLock { $0.history }
            }
        default: break
        }
        let error = state.withLock { state in
            state.errors[method]?.isEmpty == false ? state.errors[method]?.removeFirst() : nil
        }
        if let error { throw error }
        return nil
    }
}
