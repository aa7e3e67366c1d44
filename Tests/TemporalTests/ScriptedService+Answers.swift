import Foundation
import SwiftProtobuf
import Synchronization
import TemporalAPI
import TemporalTesting

@testable import Temporal

extension ScriptedService {
    typealias Failed = Temporal_Api_Workflowservice_V1_RespondWorkflowTaskFailedRequest
    typealias Answered = Temporal_Api_Workflowservice_V1_RespondQueryTaskCompletedRequest

    /// What a worker answered to a task.
    enum Answer {
        case completed(Completed)
        case failed(Failed)
        case query(Answered)
    }

    private var answers: [Answer] {
        log.compactMap { request in
            switch request {
            case let request as Completed: .completed(request)
            case let request as Failed: .failed(request)
            case let request as Answered: .query(request)
            default: nil
            }
        }
    }

    /// Refuses the next call of a method.
    func refuse<Request, Response>(
        _ method: RPCMethod<Request, Response>, _ code: GRPCStatusCode, _ message: String,
        isMessageTooLarge: Bool = false
    ) {
        let isNext = Mutex(true)
        answer(method) { _ in
            guard isNext.withLock({ $0 }) else { return Response() }
            isNext.withLock { $0 = false }
            throw TemporalRPCError(
                operation: method.name, code: code, message: message, isMessageTooLarge: isMessageTooLarge)
        }
    }

    /// Hands out a task with the history from the given event on, and waits for the worker's answers.
    /// - Parameter change: makes the task something special.
    func answers(
        _ count: Int = 1, to history: HistoryBuilder, from first: Int64 = 1, previousStarted: Int64 = 0,
        _ change: (inout PollWorkflowTask) -> Void = { _ in }
    ) async throws -> [Answer] {
        let before = answers.count
        answer(.getWorkflowExecutionHistory) { _ in .with { $0.history.events = history.events } }
        var task = history.polled(token: "task-\(before)", after: first - 1, previousStarted: previousStarted)
        change(&task)
        deliver(task)
        try await wait("\(count) answers") { answers.count >= before + count }
        return Array(answers[before...])
    }
}
