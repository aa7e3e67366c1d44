import Tracing

extension Traceparent {
    /// Of the span that the caller runs in, for ``EventCodec``; nil where nobody traces.
    public static var current: String? {
        var headers: [String: String] = [:]
        InstrumentationSystem.instrument.inject(
            ServiceContext.current ?? .topLevel, into: &headers, using: HeaderInjector())
        return headers["traceparent"]
    }

    private struct HeaderInjector: Injector {
        func inject(_ value: String, forKey key: String, into headers: inout [String: String]) { headers[key] = value }
    }
}
