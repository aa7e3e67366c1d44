import Foundation
import SwiftProtobuf
import TemporalAPI

/// An update somebody asked this run for: as a message that came with a task, or as history tells of it.
struct UpdateRequest {
    /// Answers refer to the request by this.
    let messageID: String
    /// Names the update in everything that is sent and recorded about it.
    let instanceID: String
    /// The request takes its place in history right after this event.
    let sequencingEventID: Int64
    let body: Temporal_Api_Update_V1_Request

    init(_ message: ProtocolMessage) throws(WorkflowTaskFailure) {
        guard message.body.isA(Temporal_Api_Update_V1_Request.self),
            let body = try? Temporal_Api_Update_V1_Request(unpackingAny: message.body)
        else { throw .unhandled("message \"\(message.id)\" is no update request: \(message.body.typeURL)") }
        guard case .eventID(let eventID)? = message.sequencingID else {
            throw .unhandled("update request \"\(message.id)\" does not say after which event it comes")
        }
        try self.init(id: message.id, instanceID: message.protocolInstanceID, after: eventID, body)
    }

    /// The request of an update that was recorded before any worker had a say.
    init?(admittedBy event: HistoryEvent) throws(WorkflowTaskFailure) {
        guard case .workflowExecutionUpdateAdmittedEventAttributes(let attributes) = event.attributes else {
            return nil
        }
        let id = attributes.request.meta.updateID
        try self.init(id: "\(id)/request", instanceID: id, after: event.eventID, attributes.request)
    }

    /// The request that led to an accepted update, as it was when it was new.
    init?(acceptedBy event: HistoryEvent) throws(WorkflowTaskFailure) {
        guard case .workflowExecutionUpdateAcceptedEventAttributes(let attributes) = event.attributes else {
            return nil
        }
        try self.init(
            id: attributes.acceptedRequestMessageID, instanceID: attributes.protocolInstanceID,
            after: attributes.acceptedRequestSequencingEventID, attributes.acceptedRequest)
    }

    private init(
        id: String, instanceID: String, after eventID: Int64, _ body: Temporal_Api_Update_V1_Request
    ) throws(WorkflowTaskFailure) {
        guard body.hasMeta, body.hasInput else {
            throw .unhandled("update request \"\(id)\" names neither an update nor a handler")
        }
        messageID = id
        self.instanceID = instanceID
        sequencingEventID = eventID
        self.body = body
    }
}

/// Requests that wait for their place in history.
struct UpdateInbox {
    /// In the order in which they came.
    private var requests: [UpdateRequest] = []

    mutating func receive(_ request: UpdateRequest) { requests.append(request) }

    /// Takes those that come before `eventID`.
    mutating func take(before eventID: Int64) -> [UpdateRequest] {
        defer { requests.removeAll { $0.sequencingEventID < eventID } }
        return requests.filter { $0.sequencingEventID < eventID }
    }
}
