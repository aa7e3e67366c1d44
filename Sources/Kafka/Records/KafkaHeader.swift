/// A record header. Names may repeat within a record; a header may have no value.
public struct KafkaHeader: Hashable, Sendable {
    /// The name; case matters.
    public var name: String
    /// The value, of any bytes.
    public var value: [UInt8]?

    /// A header whose value is bytes or none.
    public init(_ name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// A header whose value is text, encoded as UTF-8.
    public init(_ name: String, _ text: String) {
        self.init(name, value: Array(text.utf8))
    }
}

extension Array where Element == KafkaHeader {
    /// The value of the last header of that name: by Kafka's convention a later header overrides an earlier one.
    /// `nil` when there is none or it has no value.
    public func value(of name: String) -> [UInt8]? {
        last { $0.name == name }?.value
    }

    /// The value of the last header of that name as text; `nil` as well when it isn't valid UTF-8.
    public func text(of name: String) -> String? {
        value(of: name).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
