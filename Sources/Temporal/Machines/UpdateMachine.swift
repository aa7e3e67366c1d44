import SwiftProtobuf
import TemporalAPI

/// An update of the run: asked for by a message, answered by messages, and recorded by the commands that name those.
struct UpdateMachine: Machine {
    enum State {
        case requested, rejected
        case accepted, acceptRecorded
        /// The answer was there before history told of the acceptance.
        case completedBeforeRecorded
        case completed, completeRecorded
    }

    private(set) var state = State.requested
    private let request: UpdateRequest

    init(_ request: UpdateRequest) { self.request = request }

    var isFinal: Bool { state == .rejected || state == .completeRecorded }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        switch (state, event.eventType) {
        case (.accepted, .workflowExecutionUpdateAccepted): state = .acceptRecorded
        case (.completedBeforeRecorded, .workflowExecutionUpdateAccepted): state = .completed
        case (.completed, .workflowExecutionUpdateCompleted): state = .completeRecorded
        default: throw Nondeterminism("update \"\(request.instanceID)\"", got: event, in: state)
        }
        return []
    }

    /// The code's answer to the request.
    mutating func respond(_ response: UpdateResponse) throws(WorkflowTaskFailure) -> [MachineOutput] {
        switch (state, response) {
        case (.requested, .accepted):
            state = .accepted
            return try recorded(
                "accept",
                Temporal_Api_Update_V1_Acceptance.with {
                    $0.acceptedRequestMessageID = request.messageID
                    $0.acceptedRequestSequencingEventID = request.sequencingEventID
                    $0.acceptedRequest = request.body
                })
        case (.requested, .rejected(let failure)):
            state = .rejected
            // A rejection leaves no trace in history, hence no command.
            let rejection = Temporal_Api_Update_V1_Rejection.with {
                $0.rejectedRequestMessageID = request.messageID
                $0.rejectedRequestSequencingEventID = request.sequencingEventID
                $0.rejectedRequest = request.body
                $0.failure = failure
            }
            return [.message(try message("reject", rejection))]
        case (.accepted, .completed(let result)):
            state = .completedBeforeRecorded
            return try complete(result)
        case (.acceptRecorded, .completed(let result)):
            state = .completed
            return try complete(result)
        default:
            throw .nondeterminism("update \"\(request.instanceID)\" in state \(state) cannot be answered \(response)")
        }
    }

    private func complete(_ result: Result<Payload, FailureError>) throws(WorkflowTaskFailure) -> [MachineOutput] {
        try recorded(
            "complete",
            Temporal_Api_Update_V1_Response.with {
                $0.meta = request.body.meta
                switch result {
                case .success(let payload): $0.outcome.success.payloads = [payload]
                case .failure(let error): $0.outcome.failure = error.failure
                }
            })
    }

    private func recorded(_ suffix: String, _ body: some Message) throws(WorkflowTaskFailure) -> [MachineOutput] {
        let message = try message(suffix, body)
        let command = Command.with {
            $0.commandType = .protocolMessage
            $0.protocolMessageCommandAttributes.messageID = message.id
        }
        return [.message(message), .command(command)]
    }

    private func message(_ suffix: String, _ body: some Message) throws(WorkflowTaskFailure) -> ProtocolMessage {
        var message = ProtocolMessage()
        message.id = "\(request.messageID)/\(suffix)"
        message.protocolInstanceID = request.instanceID
        do {
            message.body = try Google_Protobuf_Any(message: body)
        } catch {
            throw .unhandled("the answer to update \"\(request.instanceID)\" cannot be encoded: \(error)")
        }
        return message
    }
}
