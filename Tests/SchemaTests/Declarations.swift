import SwiftProtobuf

/// All declarations of a set of schemas as lines of text, by the full name of the message, enum or service. Two
/// declarations are the same interface exactly if their lines are equal.
struct Declarations {
    private(set) var lines: [String: [String]] = [:]

    init(_ set: Google_Protobuf_FileDescriptorSet) {
        for file in set.file {
            for message in file.messageType { add(message, in: file.package) }
            for enumeration in file.enumType { add(enumeration, in: file.package) }
            for service in file.service {
                lines["\(file.package).\(service.name)"] = service.method.map(Self.line)
            }
        }
    }

    private mutating func add(_ message: Google_Protobuf_DescriptorProto, in scope: String) {
        let name = "\(scope).\(message.name)"
        lines[name] = message.field.map { Self.line($0, of: message) } + (message.options.mapEntry ? ["map"] : [])
        for nested in message.nestedType { add(nested, in: name) }
        for enumeration in message.enumType { add(enumeration, in: name) }
    }

    private mutating func add(_ enumeration: Google_Protobuf_EnumDescriptorProto, in scope: String) {
        lines["\(scope).\(enumeration.name)"] = enumeration.value.map { "\($0.name) = \($0.number)" }
    }

    private static func line(
        _ field: Google_Protobuf_FieldDescriptorProto, of message: Google_Protobuf_DescriptorProto
    ) -> String {
        var line = "\(field.label) \(field.type) \(field.typeName) \(field.name) = \(field.number)"
        if field.hasOneofIndex, message.oneofDecl.indices.contains(Int(field.oneofIndex)) {
            line += " in \(message.oneofDecl[Int(field.oneofIndex)].name)"
        }
        return field.proto3Optional ? line + " optional" : line
    }

    private static func line(_ method: Google_Protobuf_MethodDescriptorProto) -> String {
        let streaming = "\(method.clientStreaming) \(method.serverStreaming)"
        return "\(method.name) \(method.inputType) \(method.outputType) \(streaming)"
    }
}
