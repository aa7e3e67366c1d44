public import TemporalAPI

/// Changes payloads on their way to the server and back: encrypts or compresses them, say, or keeps large ones elsewhere.
///
/// Codecs run outside of workflow code, so they may do I/O and need not be deterministic. They see inputs, results, details,
/// failures' details, memo and summaries; never search attributes, which the server reads, nor headers.
public protocol PayloadCodec: Sendable {
    /// Encodes payloads that belong together, such as the arguments of a call.
    ///
    /// One payload in must be one payload out where Temporal has room for one only, as in a memo. What is thrown fails the workflow
    /// task, the activity or the client's call.
    func encode(_ payloads: [Payload]) async throws -> [Payload]

    /// Undoes ``encode(_:)``. Payloads that this codec has not encoded are to be returned as they are.
    func decode(_ payloads: [Payload]) async throws -> [Payload]
}

/// A ``PayloadCodec`` failed.
public struct PayloadCodecError: Error, Sendable, CustomStringConvertible {
    /// Whether payloads were being encoded or decoded.
    public enum Direction: String, Sendable, Hashable {
        /// On the way to the server.
        case encoding
        /// On the way from the server.
        case decoding
    }

    /// What the payloads were a part of, such as the name of a call.
    public let subject: String
    /// What was being done.
    public let direction: Direction
    /// What the codec threw.
    public let cause: any Error

    public var description: String { "\(direction.rawValue) the payloads of \(subject) failed: \(cause)" }
}
