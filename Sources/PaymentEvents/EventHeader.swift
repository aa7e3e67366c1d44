/// One Kafka header as text.
public typealias EventHeader = (name: String, value: String)

/// The names of the headers that events carry, after the Kafka protocol binding of CloudEvents 1.0 (binary content
/// mode) and W3C Trace Context.
public enum EventHeaderName {
    /// The event's id; a repeated event has the same.
    public static let id = "ce_id"
    /// The full name of the message.
    public static let type = "ce_type"
    /// Who published it, a URI reference.
    public static let source = "ce_source"
    /// When it happened, RFC 3339.
    public static let time = "ce_time"
    /// The version of CloudEvents, always `1.0`.
    public static let specificationVersion = "ce_specversion"
    /// The encoding of the value, see `EventContentType`.
    public static let contentType = "content-type"
    /// The trace context.
    public static let traceparent = "traceparent"
}
