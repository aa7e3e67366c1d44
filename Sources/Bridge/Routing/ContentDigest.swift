import Crypto
import SwiftProtobuf

/// A SHA-256 of what an event says, independent of how it was encoded.
struct ContentDigest: Equatable, Sendable {
    /// Lower-case hexadecimal.
    let text: String

    /// - Throws: `BinaryEncodingError`, which a message that was decoded does not cause.
    init(of event: some Message) throws {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        let bytes: [UInt8] = try event.serializedBytes(partial: false, options: options)
        text = SHA256.hash(data: bytes).hexadecimal
    }
}

extension SHA256Digest {
    var hexadecimal: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
