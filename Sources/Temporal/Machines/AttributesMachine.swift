import SwiftProtobuf
import TemporalAPI

/// A change of the run's search attributes or memo: asked for, recorded, and nothing more comes of it.
struct AttributesMachine: Machine {
    private let expected: EventType
    private(set) var isFinal = false

    static func upsertSearchAttributes(_ fields: [String: Payload]) -> (AttributesMachine, Command) {
        let command = Command.with {
            $0.commandType = .upsertWorkflowSearchAttributes
            $0.upsertWorkflowSearchAttributesCommandAttributes.searchAttributes.indexedFields = fields
        }
        return (AttributesMachine(expected: .upsertWorkflowSearchAttributes), command)
    }

    static func upsertMemo(_ fields: [String: Payload]) -> (AttributesMachine, Command) {
        let command = Command.with {
            $0.commandType = .modifyWorkflowProperties
            $0.modifyWorkflowPropertiesCommandAttributes.upsertedMemo.fields = fields
        }
        return (AttributesMachine(expected: .workflowPropertiesModified), command)
    }

    mutating func apply(_ event: HistoryEvent) throws(Nondeterminism) -> [MachineOutput] {
        guard event.eventType == expected else {
            throw Nondeterminism(
                "event \(event.eventID) is \(event.eventType), where the code's command leads to \(expected)")
        }
        isFinal = true
        return []
    }
}
