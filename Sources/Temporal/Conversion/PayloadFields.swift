import Foundation
import SwiftProtobuf
import TemporalAPI

/// Finds the payloads of a protobuf message, wherever they are in it, and puts others in their places.
///
/// It goes by the messages' own descriptions of their fields, so that no kind of request, event, command or failure can be
/// forgotten: SwiftProtobuf shows every field that is set to a visitor, and gives every field to a decoder to be changed.
/// Search attributes, headers and the worker's own notes in markers are left alone.
struct PayloadFields {
    /// Payloads that belong together, in the order in which they are met, and whether Temporal has room for just one.
    struct Group {
        var payloads: [Payload]
        var isSingle: Bool
    }

    private enum Mode {
        case collecting
        /// With what is to be put in, the next at the end.
        case replacing([[Payload]])
    }

    private var mode: Mode
    private var groups: [Group] = []

    /// The payloads in a message.
    static func groups<M: Message>(in message: M) throws -> [Group] {
        var (fields, copy) = (PayloadFields(mode: .collecting), message)
        try fields.walk(&copy)
        return fields.groups
    }

    /// Puts payloads in the places of those that ``groups(in:)`` found, in the same order.
    static func replace<M: Message>(in message: inout M, with groups: [[Payload]]) throws {
        var fields = PayloadFields(mode: .replacing(groups.reversed()))
        try fields.walk(&message)
    }

    private init(mode: Mode) { self.mode = mode }

    mutating func walk<M: Message>(_ message: inout M) throws {
        switch message {
        case is SearchAttributesMessage, is HeaderMessage, is CountGroup: return
        case let payload as Payload:
            if let new = exchange([payload], isSingle: true)?.first as? M { message = new }
        case var payloads as Payloads:
            if let new = exchange(payloads.payloads, isSingle: false) {
                payloads.payloads = new
                if let payloads = payloads as? M { message = payloads }
            }
        case let any as Google_Protobuf_Any:
            if let new = try walkPacked(any) as? M { message = new }
        default:
            var fields = SetFields()
            try message.traverse(visitor: &fields)
            guard !fields.numbers.isEmpty else { return }
            var decoder = FieldDecoder(fields: self, numbers: fields.numbers)
            try message.decodeMessage(decoder: &decoder)
            self = decoder.fields
        }
    }

    /// - Returns: Nil while collecting.
    private mutating func exchange(_ payloads: [Payload], isSingle: Bool) -> [Payload]? {
        guard case .replacing(var next) = mode else {
            groups.append(Group(payloads: payloads, isSingle: isSingle))
            return nil
        }
        let new = next.popLast()
        mode = .replacing(next)
        return new
    }

    /// The messages that carry updates are packed.
    private mutating func walkPacked(_ any: Google_Protobuf_Any) throws -> Google_Protobuf_Any {
        for type in Self.packedTypes where any.isA(type) {
            var message: any Message = try type.init(unpackingAny: any)
            try walkExistential(&message)
            return try Google_Protobuf_Any(message: message)
        }
        return any
    }

    private mutating func walkExistential(_ message: inout any Message) throws {
        func walk<M: Message>(_ concrete: M, _ fields: inout PayloadFields) throws -> any Message {
            var concrete = concrete
            try fields.walk(&concrete)
            return concrete
        }
        message = try walk(message, &self)
    }

    private static let packedTypes: [any Message.Type] = [
        Temporal_Api_Update_V1_Request.self, Temporal_Api_Update_V1_Acceptance.self,
        Temporal_Api_Update_V1_Rejection.self, Temporal_Api_Update_V1_Response.self,
    ]

    private typealias SearchAttributesMessage = Temporal_Api_Common_V1_SearchAttributes
    private typealias HeaderMessage = Temporal_Api_Common_V1_Header
    /// The values by which workflows are counted are search attributes.
    private typealias CountGroup = Temporal_Api_Workflowservice_V1_CountWorkflowExecutionsResponse.AggregationGroup
}

/// Tells which fields of a message hold messages.
private struct SetFields: Visitor {
    private(set) var numbers: [Int] = []

    mutating func visitSingularMessageField<M: Message>(value: M, fieldNumber: Int) { numbers.append(fieldNumber) }
    mutating func visitRepeatedMessageField<M: Message>(value: [M], fieldNumber: Int) { numbers.append(fieldNumber) }
    mutating func visitMapField<KeyType, ValueType>(
        fieldType: _ProtobufMessageMap<KeyType, ValueType>.Type,
        value: _ProtobufMessageMap<KeyType, ValueType>.BaseType, fieldNumber: Int
    ) { numbers.append(fieldNumber) }

    mutating func visitMapField<KeyType, ValueType: MapValueType>(
        fieldType: _ProtobufMap<KeyType, ValueType>.Type, value: _ProtobufMap<KeyType, ValueType>.BaseType,
        fieldNumber: Int
    ) {}
    mutating func visitMapField<KeyType, ValueType>(
        fieldType: _ProtobufEnumMap<KeyType, ValueType>.Type,
        value: _ProtobufEnumMap<KeyType, ValueType>.BaseType, fieldNumber: Int
    ) {}
    mutating func visitSingularDoubleField(value: Double, fieldNumber: Int) {}
    mutating func visitSingularInt64Field(value: Int64, fieldNumber: Int) {}
    mutating func visitSingularUInt64Field(value: UInt64, fieldNumber: Int) {}
    mutating func visitSingularBoolField(value: Bool, fieldNumber: Int) {}
    mutating func visitSingularStringField(value: String, fieldNumber: Int) {}
    mutating func visitSingularBytesField(value: Data, fieldNumber: Int) {}
    mutating func visitSingularEnumField<E: Enum>(value: E, fieldNumber: Int) {}
    mutating func visitUnknown(bytes: Data) {}
}
