public import Tracing

/// Where in which trace something happens: W3C Trace Context, level 1.
public struct TraceContext: Sendable, Hashable {
    /// 32 lowercase hexadecimal digits, not all zero.
    public let traceID: String
    /// 16 lowercase hexadecimal digits, not all zero.
    public let spanID: String
    /// Whether someone records the trace.
    public let isSampled: Bool
    /// What other vendors pass on, as it came.
    public var state: String?

    init(traceID: String, spanID: String, isSampled: Bool, state: String? = nil) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.state = state
    }

    /// Reads the header `traceparent`; nil when it is malformed, and the trace has to start anew.
    public init?(traceparent: String, state: String? = nil) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, parts[0].count == 2, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isID(parts[1], digits: 32), Self.isID(parts[2], digits: 16), parts[3].count == 2,
            UInt8(parts[0], radix: 16) != nil, let flags = UInt8(parts[3], radix: 16)
        else { return nil }
        self.init(traceID: parts[1], spanID: parts[2], isSampled: flags & 1 == 1, state: state)
    }

    /// The header `traceparent`.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static func isID(_ text: String, digits: Int) -> Bool {
        text.utf8.count == digits && text.contains { $0 != "0" }
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}

private enum TraceContextKey: ServiceContextKey {
    typealias Value = TraceContext
    static var nameOverride: String? { "trace-context" }
}

extension ServiceContext {
    /// The span that what runs in this context belongs to.
    public var trace: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}
