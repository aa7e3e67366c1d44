import Foundation
import Temporal
import TemporalAPI
import TemporalTesting
import Testing

extension [RunOutput] {
    /// The commands of the only completion.
    var commands: [Command] {
        guard count == 1, case .complete(let completion)? = first else { return [] }
        return completion.commands
    }

    /// The messages of the only completion.
    var messages: [ProtocolMessage] {
        guard count == 1, case .complete(let completion)? = first else { return [] }
        return completion.messages
    }

    var commandTypes: [Temporal_Api_Enums_V1_CommandType] { commands.map(\.commandType) }

    /// What the workflow returned, if these outputs end it.
    func result<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value? {
        let close = commands.first { $0.commandType == .completeWorkflowExecution }
        return try close.map {
            try DataConverter.standard.decode(type, from: $0.completeWorkflowExecutionCommandAttributes.result)
        }
    }

    /// Why the task was failed.
    var taskFailure: WorkflowTaskFailure? {
        guard case .fail(let failure, _)? = first else { return nil }
        return failure
    }

    /// The answer to a query that was a task of its own.
    func answer<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value? {
        guard case .answerQuery(let answer, _)? = first else { return nil }
        return try DataConverter.standard.decode(type, from: answer.result.get())
    }
}

/// The history of a run that has just been handed to a worker.
func firstTask(_ type: String, input: some Encodable & Sendable = NoValue()) throws -> HistoryBuilder {
    var history = HistoryBuilder(workflowType: type)
    try history.started(input: input)
    history.taskScheduledAndStarted()
    return history
}
