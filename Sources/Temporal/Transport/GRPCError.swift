/// Why a call failed: the status the server answered with, or the one the client's core found for a call that got no
/// answer.
package struct GRPCError: Error, Sendable, CustomStringConvertible {
    package var code: GRPCStatusCode
    package var message: String
    /// The bytes of the trailer `grpc-status-details-bin`, a serialized `google.rpc.Status`; empty if there was none.
    package var detailsBytes: [UInt8]
    package var trailingMetadata: GRPCMetadata
    /// Whether the call failed because this side closed the channel, so that no further call on it can succeed.
    package var isChannelClosed: Bool
    /// The method called, such as `/package.Service/Method`.
    package var method: String?
    /// The server called.
    package var target: ChannelTarget?

    package init(
        code: GRPCStatusCode,
        message: String,
        detailsBytes: [UInt8] = [],
        trailingMetadata: GRPCMetadata = [:],
        isChannelClosed: Bool = false,
        method: String? = nil,
        target: ChannelTarget? = nil
    ) {
        self.code = code
        self.message = message
        self.detailsBytes = detailsBytes
        self.trailingMetadata = trailingMetadata
        self.isChannelClosed = isChannelClosed
        self.method = method
        self.target = target
    }

    /// Whether the request or the response is larger than one side accepts, which no retry can change.
    package var isMessageTooLarge: Bool {
        code == .resourceExhausted && Self.tooLargePrefixes.contains { message.hasPrefix($0) }
    }

    /// How Go servers and the C core begin this message.
    private static let tooLargePrefixes = [
        "grpc: received message larger than max",
        "grpc: message after decompression larger than max",
        "grpc: received message after decompression larger than max",
        "grpc: trying to send message larger than max",
        "trying to send message larger than max",
        "Received message larger than max",
        "Sent message larger than max",
    ]

    package var description: String {
        var text = code.description
        if let method { text += " calling \(method)" }
        if let target { text += " on \(target)" }
        return "\(text): \(message)"
    }
}
