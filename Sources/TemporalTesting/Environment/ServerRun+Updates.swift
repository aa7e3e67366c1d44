import Foundation
import SwiftProtobuf
import Temporal
import TemporalAPI

/// An update somebody asked a run for. It is no part of history before a worker accepts it.
struct ServerUpdate {
    enum State {
        case admitted
        /// The worker that has the task in hand was asked.
        case sent
        case accepted(eventID: Int64)
        case completed(Temporal_Api_Update_V1_Outcome)
        /// The run ended before a worker had a say.
        case aborted
    }

    let request: Temporal_Api_Update_V1_Request
    /// The request as workers get it.
    let body: Google_Protobuf_Any
    var state = State.admitted

    var id: String { request.meta.updateID }

    var isAdmitted: Bool {
        if case .admitted = state { return true }
        return false
    }

    var isSent: Bool {
        if case .sent = state { return true }
        return false
    }
}

extension ServerRun {
    /// Takes an update, unless it is there already, and has a worker asked.
    mutating func admit(_ request: Temporal_Api_Update_V1_Request, _ body: Google_Protobuf_Any) {
        guard !updates.contains(where: { $0.id == request.meta.updateID }) else { return }
        updates.append(.init(request: request, body: body))
        scheduleTask(isSpeculative: true)
    }

    /// The requests that go out with the task that was just started.
    mutating func takeRequests() -> [ProtocolMessage] {
        let started = task?.startedID ?? 0
        return updates.indices.filter { updates[$0].isAdmitted }.map { index in
            updates[index].state = .sent
            let update = updates[index]
            return .with {
                $0.id = "\(update.id)/request"
                $0.protocolInstanceID = update.id
                $0.eventID = started - 1
                $0.body = update.body
            }
        }
    }

    /// The task was not answered, or says that more is to come: workers are asked again.
    mutating func requeueRequests() {
        for index in updates.indices where updates[index].isSent { updates[index].state = .admitted }
    }

    /// A worker that completes a task has to answer all that came with it.
    mutating func refuseUnprocessed() {
        for index in updates.indices where updates[index].isSent {
            end(
                index,
                .failed("Workflow Update is rejected because it wasn't processed by worker.", "UnprocessedUpdate"))
        }
    }

    /// Tells those who asked for updates that the run is over.
    mutating func endUpdates() {
        for index in updates.indices {
            switch updates[index].state {
            case .admitted, .sent:
                updates[index].state = .aborted
                effects.append(.updateChanged(updates[index].id))
            case .accepted:
                end(
                    index,
                    .failed(
                        "Workflow Update failed because the Workflow completed before the Update completed.",
                        "AcceptedUpdateCompletedWorkflow"))
            case .completed, .aborted: break
            }
        }
    }

    /// Applies a worker's answer to a request.
    mutating func apply(_ message: ProtocolMessage, completedID: Int64) throws(CommandRefusal) {
        guard let index = updates.firstIndex(where: { $0.id == message.protocolInstanceID }) else {
            throw .badMessage(message, "there is no such update")
        }
        do {
            if message.body.isA(Temporal_Api_Update_V1_Acceptance.self) {
                guard updates[index].isSent else { throw CommandRefusal.badMessage(message, "it is answered already") }
                accept(index, try .init(unpackingAny: message.body))
            } else if message.body.isA(Temporal_Api_Update_V1_Response.self) {
                guard case .accepted(let eventID) = updates[index].state else {
                    throw CommandRefusal.badMessage(message, "it is not accepted")
                }
                complete(index, try .init(unpackingAny: message.body), accepted: eventID)
            } else {
                guard updates[index].isSent else { throw CommandRefusal.badMessage(message, "it is answered already") }
                let rejection = try Temporal_Api_Update_V1_Rejection(unpackingAny: message.body)
                end(index, .with { $0.failure = rejection.failure })
            }
        } catch let refusal as CommandRefusal {
            throw refusal
        } catch {
            throw .badMessage(message, "\(error)")
        }
    }

    private mutating func accept(_ index: Int, _ acceptance: Temporal_Api_Update_V1_Acceptance) {
        let update = updates[index]
        let id = record(
            .workflowExecutionUpdateAccepted,
            .workflowExecutionUpdateAcceptedEventAttributes(
                .with {
                    $0.protocolInstanceID = update.id
                    $0.acceptedRequestMessageID = acceptance.acceptedRequestMessageID
                    $0.acceptedRequestSequencingEventID = acceptance.acceptedRequestSequencingEventID
                    $0.acceptedRequest = update.request
                }))
        updates[index].state = .accepted(eventID: id)
        effects.append(.updateChanged(update.id))
    }

    private mutating func complete(_ index: Int, _ response: Temporal_Api_Update_V1_Response, accepted: Int64) {
        let update = updates[index]
        record(
            .workflowExecutionUpdateCompleted,
            .workflowExecutionUpdateCompletedEventAttributes(
                .with {
                    $0.meta = update.request.meta
                    $0.acceptedEventID = accepted
                    $0.outcome = response.outcome
                }))
        end(index, response.outcome)
    }

    private mutating func end(_ index: Int, _ outcome: Temporal_Api_Update_V1_Outcome) {
        updates[index].state = .completed(outcome)
        effects.append(.updateChanged(updates[index].id))
    }
}

extension Temporal_Api_Update_V1_Outcome {
    fileprivate static func failed(_ message: String, _ type: String) -> Self {
        .with {
            $0.failure.message = message
            $0.failure.source = "Server"
            $0.failure.applicationFailureInfo.type = type
            $0.failure.applicationFailureInfo.nonRetryable = true
        }
    }
}

extension CommandRefusal {
    static func badMessage(_ message: ProtocolMessage, _ reason: String) -> CommandRefusal {
        CommandRefusal(
            .badUpdateWorkflowExecutionMessage,
            "message \(message.id) about update \(message.protocolInstanceID) can't be taken: \(reason)")
    }
}
