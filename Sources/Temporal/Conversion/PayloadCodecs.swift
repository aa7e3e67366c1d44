package import SwiftProtobuf
import TemporalAPI

/// The codecs of a ``DataConverter``, applied to whole messages.
package struct PayloadCodecs: Sendable {
    private let codecs: [any PayloadCodec]

    package init(_ codecs: [any PayloadCodec]) { self.codecs = codecs }

    /// A message as it is to be sent.
    /// - Parameter subject: Names the message in errors.
    /// - Throws: ``PayloadCodecError``.
    package func encode<M: Message>(_ message: M, _ subject: String) async throws -> M {
        try await apply(to: message, subject, .encoding) { payloads in
            var payloads = payloads
            for codec in codecs.reversed() { payloads = try await codec.encode(payloads) }
            return payloads
        }
    }

    /// A message as it was before it was encoded.
    /// - Throws: ``PayloadCodecError``.
    package func decode<M: Message>(_ message: M, _ subject: String) async throws -> M {
        try await apply(to: message, subject, .decoding) { payloads in
            var payloads = payloads
            for codec in codecs { payloads = try await codec.decode(payloads) }
            return payloads
        }
    }

    private func apply<M: Message>(
        to message: M, _ subject: String, _ direction: PayloadCodecError.Direction,
        _ change: ([Payload]) async throws -> [Payload]
    ) async throws -> M {
        guard !codecs.isEmpty else { return message }
        do {
            var replacements: [[Payload]] = []
            for group in try PayloadFields.groups(in: message) {
                let changed = group.payloads.isEmpty ? [] : try await change(group.payloads)
                guard !group.isSingle || changed.count == 1 else { throw PayloadCountError(count: changed.count) }
                replacements.append(changed)
            }
            guard !replacements.isEmpty else { return message }
            var message = message
            try PayloadFields.replace(in: &message, with: replacements)
            return message
        } catch {
            throw PayloadCodecError(subject: subject, direction: direction, cause: error)
        }
    }
}

/// A codec made several payloads, or none, of one that stands alone.
struct PayloadCountError: Error, CustomStringConvertible {
    var count: Int
    var description: String { "a payload that stands alone, as in a memo, was made \(count) payloads" }
}
