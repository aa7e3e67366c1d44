/// The headers of a call, or the headers and trailers of its response, in order. A key may occur more than once.
public struct GRPCMetadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One header: a lower-case key and its value.
    public struct Entry: Sendable, Hashable {
        /// The header's name, in lower case.
        public let key: String
        /// The header's value.
        public let value: GRPCMetadataValue
    }

    /// The entries, in the order they are sent or were received.
    public private(set) var entries: [Entry] = []

    /// Creates metadata without entries.
    public init() {}

    /// Creates metadata with the entries of a literal; keys may repeat.
    public init(dictionaryLiteral elements: (String, GRPCMetadataValue)...) {
        for (key, value) in elements { append(value, forKey: key) }
    }

    /// Adds an entry after all others. The key is lower-cased, as HTTP/2 demands.
    public mutating func append(_ value: GRPCMetadataValue, forKey key: String) {
        entries.append(Entry(key: key.lowercased(), value: value))
    }

    /// Adds the entries of `other` after all others.
    public mutating func append(contentsOf other: GRPCMetadata) {
        entries.append(contentsOf: other.entries)
    }

    /// The value of the first entry with this lower-case key.
    public subscript(key: String) -> GRPCMetadataValue? {
        entries.first { $0.key == key }?.value
    }

    /// Adds an entry whose key came from the wire, so is in lower case already.
    mutating func append(received value: GRPCMetadataValue, forKey key: String) {
        entries.append(Entry(key: key, value: value))
    }
}
