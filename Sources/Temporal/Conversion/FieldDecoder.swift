import Foundation
import SwiftProtobuf

/// Gives the fields of a message that hold messages to ``PayloadFields``, to be looked into and changed in place.
struct FieldDecoder: SwiftProtobuf.Decoder {
    var fields: PayloadFields
    private var numbers: ArraySlice<Int>

    init(fields: PayloadFields, numbers: [Int]) {
        self.fields = fields
        self.numbers = numbers[...]
    }

    mutating func nextFieldNumber() -> Int? { numbers.popFirst() }

    mutating func decodeSingularMessageField<M: Message>(value: inout M?) throws {
        guard var message = value else { return }
        try fields.walk(&message)
        value = message
    }

    mutating func decodeRepeatedMessageField<M: Message>(value: inout [M]) throws {
        for index in value.indices { try fields.walk(&value[index]) }
    }

    mutating func decodeMapField<KeyType, ValueType>(
        fieldType: _ProtobufMessageMap<KeyType, ValueType>.Type,
        value: inout _ProtobufMessageMap<KeyType, ValueType>.BaseType
    ) throws {
        // In the same order whenever it is walked.
        for key in value.keys.sorted(by: { "\($0)" < "\($1)" }) {
            // Lists of payloads by name are what markers hold. Other SDKs encode a local activity's result, and leave what the
            // worker itself keeps beside it readable.
            guard var message = value[key], !(message is Payloads) || "\(key)" == "result" else { continue }
            try fields.walk(&message)
            value[key] = message
        }
    }

    // A oneof that is set already is not a conflict here.
    mutating func handleConflictingOneOf() {}

    // Nothing else is asked for.
    mutating func decodeSingularFloatField(value: inout Float) {}
    mutating func decodeSingularFloatField(value: inout Float?) {}
    mutating func decodeRepeatedFloatField(value: inout [Float]) {}
    mutating func decodeSingularDoubleField(value: inout Double) {}
    mutating func decodeSingularDoubleField(value: inout Double?) {}
    mutating func decodeRepeatedDoubleField(value: inout [Double]) {}
    mutating func decodeSingularInt32Field(value: inout Int32) {}
    mutating func decodeSingularInt32Field(value: inout Int32?) {}
    mutating func decodeRepeatedInt32Field(value: inout [Int32]) {}
    mutating func decodeSingularInt64Field(value: inout Int64) {}
    mutating func decodeSingularInt64Field(value: inout Int64?) {}
    mutating func decodeRepeatedInt64Field(value: inout [Int64]) {}
    mutating func decodeSingularUInt32Field(value: inout UInt32) {}
    mutating func decodeSingularUInt32Field(value: inout UInt32?) {}
    mutating func decodeRepeatedUInt32Field(value: inout [UInt32]) {}
    mutating func decodeSingularUInt64Field(value: inout UInt64) {}
    mutating func decodeSingularUInt64Field(value: inout UInt64?) {}
    mutating func decodeRepeatedUInt64Field(value: inout [UInt64]) {}
    mutating func decodeSingularSInt32Field(value: inout Int32) {}
    mutating func decodeSingularSInt32Field(value: inout Int32?) {}
    mutating func decodeRepeatedSInt32Field(value: inout [Int32]) {}
    mutating func decodeSingularSInt64Field(value: inout Int64) {}
    mutating func decodeSingularSInt64Field(value: inout Int64?) {}
    mutating func decodeRepeatedSInt64Field(value: inout [Int64]) {}
    mutating func decodeSingularFixed32Field(value: inout UInt32) {}
    mutating func decodeSingularFixed32Field(value: inout UInt32?) {}
    mutating func decodeRepeatedFixed32Field(value: inout [UInt32]) {}
    mutating func decodeSingularFixed64Field(value: inout UInt64) {}
    mutating func decodeSingularFixed64Field(value: inout UInt64?) {}
    mutating func decodeRepeatedFixed64Field(value: inout [UInt64]) {}
    mutating func decodeSingularSFixed32Field(value: inout Int32) {}
    mutating func decodeSingularSFixed32Field(value: inout Int32?) {}
    mutating func decodeRepeatedSFixed32Field(value: inout [Int32]) {}
    mutating func decodeSingularSFixed64Field(value: inout Int64) {}
    mutating func decodeSingularSFixed64Field(value: inout Int64?) {}
    mutating func decodeRepeatedSFixed64Field(value: inout [Int64]) {}
    mutating func decodeSingularBoolField(value: inout Bool) {}
    mutating func decodeSingularBoolField(value: inout Bool?) {}
    mutating func decodeRepeatedBoolField(value: inout [Bool]) {}
    mutating func decodeSingularStringField(value: inout String) {}
    mutating func decodeSingularStringField(value: inout String?) {}
    mutating func decodeRepeatedStringField(value: inout [String]) {}
    mutating func decodeSingularBytesField(value: inout Data) {}
    mutating func decodeSingularBytesField(value: inout Data?) {}
    mutating func decodeRepeatedBytesField(value: inout [Data]) {}
    mutating func decodeSingularEnumField<E: Enum>(value: inout E) {}
    mutating func decodeSingularEnumField<E: Enum>(value: inout E?) {}
    mutating func decodeRepeatedEnumField<E: Enum>(value: inout [E]) {}
    mutating func decodeSingularGroupField<G: Message>(value: inout G?) {}
    mutating func decodeRepeatedGroupField<G: Message>(value: inout [G]) {}
    mutating func decodeMapField<KeyType, ValueType: MapValueType>(
        fieldType: _ProtobufMap<KeyType, ValueType>.Type, value: inout _ProtobufMap<KeyType, ValueType>.BaseType
    ) {}
    mutating func decodeMapField<KeyType, ValueType>(
        fieldType: _ProtobufEnumMap<KeyType, ValueType>.Type,
        value: inout _ProtobufEnumMap<KeyType, ValueType>.BaseType
    ) {}
    mutating func decodeExtensionField(
        values: inout ExtensionFieldValueSet, messageType: any Message.Type, fieldNumber: Int
    ) {}
}
