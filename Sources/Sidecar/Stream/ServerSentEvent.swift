import Foundation
import Hummingbird
import PaymentSaga

/// What goes over a stream of server-sent events (WHATWG HTML, section 9.2).
enum ServerSentEvent {
    static let contentType = "text/event-stream"

    /// A comment, which clients ignore and proxies take for life.
    static let heartbeat = ByteBuffer(string: ": still here\n\n")

    /// The data must be one line.
    static func message(_ name: String, id: String, data: Data) -> ByteBuffer {
        var buffer = ByteBuffer(string: "event: \(name)\nid: \(id)\ndata: ")
        buffer.writeBytes(data)
        buffer.writeString("\n\n")
        return buffer
    }
}

extension PaymentReport {
    /// Tells states of one payment apart, whoever serves them.
    var eventID: String { "\(updatedAt.milliseconds)-\(steps.count)-\(status.rawValue)" }
}
