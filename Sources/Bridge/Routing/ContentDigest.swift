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
        let digits = Array("0123456789abcdef".utf8)
        // Every record has two: written in place, they cost a tenth of one string for each byte.
        return String(unsafeUninitializedCapacity: 2 * Self.byteCount) { text in
            for (index, byte) in enumerated() {
                text[2 * index] = digits[Int(byte >> 4)]
                text[2 * index + 1] = digits[Int(byte & 15)]
            }
            return 2 * Self.byteCount
        }
    }
}
