public import Hummingbird

/// A process's metrics as its monitoring asks for them.
public struct MetricsPage: Sendable {
    private let contentType: String
    private let text: @Sendable () -> String

    /// - Parameter text: The metrics now.
    public init(contentType: String, text: @escaping @Sendable () -> String) {
        self.contentType = contentType
        self.text = text
    }

    public func response() -> Response {
        Response(
            status: .ok, headers: [.contentType: contentType],
            body: .init(byteBuffer: ByteBuffer(string: text())))
    }
}
