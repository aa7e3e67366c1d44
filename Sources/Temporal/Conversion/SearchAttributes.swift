public import Foundation
import SwiftProtobuf
public import TemporalAPI

/// The name of a search attribute, the Swift type of its values, and how the server indexes them.
///
/// A namespace knows its search attributes by name and type; upserting one it does not know fails the workflow task.
public struct SearchAttributeKey<Value: Codable & Sendable & Hashable>: Sendable, Hashable {
    /// As the namespace knows it.
    public let name: String
    /// The server's name of the type.
    let type: String

    /// - Returns: the change that gives the attribute a value.
    /// - Throws: ``DataConversionError`` for a number that JSON can't carry.
    public func set(_ value: Value) throws -> SearchAttributeUpdate {
        var payload = try DataConverter.standard.payload(encoding: value)
        payload.metadata["type"] = Data(type.utf8)
        return SearchAttributeUpdate(name: name, payload: payload)
    }

    /// The change that takes the attribute away.
    public var unset: SearchAttributeUpdate {
        // Without a type, as the server wants it for a value that is none.
        SearchAttributeUpdate(name: name, payload: .null)
    }
}

extension SearchAttributeKey where Value == String {
    /// Found by its whole value.
    public static func keyword(_ name: String) -> Self { .init(name: name, type: "Keyword") }
    /// Found by its words.
    public static func text(_ name: String) -> Self { .init(name: name, type: "Text") }
}

extension SearchAttributeKey where Value == Int {
    /// A whole number.
    public static func int(_ name: String) -> Self { .init(name: name, type: "Int") }
}

extension SearchAttributeKey where Value == Double {
    /// A number with a fraction.
    public static func double(_ name: String) -> Self { .init(name: name, type: "Double") }
}

extension SearchAttributeKey where Value == Bool {
    /// True or false.
    public static func bool(_ name: String) -> Self { .init(name: name, type: "Bool") }
}

extension SearchAttributeKey where Value == Date {
    /// With milliseconds, in UTC.
    public static func datetime(_ name: String) -> Self { .init(name: name, type: "Datetime") }
}

extension SearchAttributeKey where Value == [String] {
    /// Found by any one of its values.
    public static func keywordList(_ name: String) -> Self { .init(name: name, type: "KeywordList") }
}

/// A search attribute that gets a value, or loses it. Made by ``SearchAttributeKey``.
public struct SearchAttributeUpdate: Sendable, Hashable {
    let name: String
    let payload: Payload
}

/// Values by which a workflow can be found.
public struct SearchAttributes: Sendable, Hashable {
    /// The encoded values, by name.
    public private(set) var fields: [String: Payload]

    /// `SearchAttributes(try customer.set("c-1"), try amount.set(100))`
    public init(_ updates: SearchAttributeUpdate...) {
        fields = [:]
        for update in updates { apply(update) }
    }

    init(fields: [String: Payload]) { self.fields = fields }

    /// True when no attribute has a value.
    public var isEmpty: Bool { fields.isEmpty }

    /// Nil when the attribute has no value, or one of another type.
    public subscript<Value>(key: SearchAttributeKey<Value>) -> Value? {
        fields[key.name].flatMap { try? DataConverter.standard.decode(Value.self, from: $0) }
    }

    /// Changes one attribute.
    public mutating func apply(_ update: SearchAttributeUpdate) {
        fields[update.name] = update.payload.encodingName == Payload.null.encodingName ? nil : update.payload
    }
}
