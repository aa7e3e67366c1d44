/// What the headers of a received message say about its event. All of it is optional: producers that know nothing of
/// CloudEvents are served too.
public struct EventAttributes: Equatable, Sendable {
    /// `ce_id`.
    public let id: String?
    /// `ce_type`.
    public let type: String?
    /// `ce_source`.
    public let source: String?

    /// `ce_time`, RFC 3339 if the producer kept to it.
    public let time: String?

    /// The raw `content-type`.
    public let contentType: String?

    /// The W3C trace context to continue, if there is a valid one.
    public let traceparent: String?

    /// Reads the headers. Names match whatever their case, and of a repeated header the last counts, as Kafka's own
    /// `lastHeader` has it. An invalid `traceparent` is dropped, as W3C Trace Context section 3.2 asks.
    public init(headers: [EventHeader]) {
        var last: [String: String] = [:]
        for header in headers { last[header.name.lowercased()] = header.value }
        id = last[EventHeaderName.id]
        type = last[EventHeaderName.type]
        source = last[EventHeaderName.source]
        time = last[EventHeaderName.time]
        contentType = last[EventHeaderName.contentType]
        traceparent = last[EventHeaderName.traceparent].flatMap { Traceparent.isValid($0) ? $0 : nil }
    }
}
