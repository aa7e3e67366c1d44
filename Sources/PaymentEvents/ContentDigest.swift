import Crypto
public import SwiftProtobuf

/// A SHA-256 of what an event says, independent of how it was encoded. It tells a request from another of the same id.
public struct ContentDigest: Equatable, Sendable {
    /// The field of a workflow's memo that holds the ``text`` of the request it was started by.
    public static let memoField = "request_digest"

    /// Lower-case hexadecimal.
    public let text: String

    /// - Throws: `BinaryEncodingError`, which a message that was decoded does not cause.
    public init(of event: some Message) throws { try self.init(encoding: event) }

    /// Whoever repeats a request may stamp the repetition with a new time; it is the same payment still.
    public init(of request: PaymentRequested) throws {
        var copy = request
        copy.clearRequestedAt()
        try self.init(encoding: copy)
    }

    /// As that of a payment.
    public init(of order: OrderPlaced) throws {
        var copy = order
        copy.clearPlacedAt()
        try self.init(encoding: copy)
    }

    private init(encoding event: some Message) throws {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        let bytes: [UInt8] = try event.serializedBytes(partial: false, options: options)
        text = SHA256.hash(data: bytes).hexadecimal
    }
}

extension Sequence<UInt8> {
    /// Two lower-case hexadecimal digits for each byte.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
