import SwiftProtobuf
package import TemporalAPI

/// The signal or update on whose behalf commands are asked for. The events they lead to tell it to whoever looks at the history; a replay
/// does not care.
package enum EventGroup: Sendable {
    case signal(eventID: Int64)
    case update(id: String)

    /// What the handler that asks now handles; nil for the workflow itself.
    @TaskLocal package static var current: EventGroup?

    package var marker: Temporal_Api_Sdk_V1_EventGroupMarker {
        .with {
            switch self {
            case .signal(let eventID): $0.inboundEvent.inboundEventID = eventID
            case .update(let id): $0.inboundUpdate.inboundUpdateID = id
            }
        }
    }
}

extension WorkflowContext {
    /// Asks for something, on behalf of the handler that does.
    func ask(_ command: CodeCommand) { outbox.append(EventGroup.current.map { .grouped($0, command) } ?? command) }
}
