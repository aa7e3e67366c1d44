import Synchronization
public import Tracing

/// A span on its way to an OpenTelemetry collector.
public final class OTLPSpan: Span {
    private struct State {
        var name: String
        var attributes = SpanAttributes()
        var status: SpanStatus?
        var events: [SpanEvent] = []
        var links: [TraceContext] = []
        var isEnded = false
    }

    /// How many events and links a span may have, as OpenTelemetry's SDKs limit them.
    private static let limit = 128

    public let context: ServiceContext
    private let kind: SpanKind
    private let trace: TraceContext
    private let parentID: String?
    private let start: UInt64
    private let exporter: SpanExporter?
    private let state: Mutex<State>

    init(
        name: String, kind: SpanKind, context: ServiceContext, trace: TraceContext, parentID: String?, start: UInt64,
        exporter: SpanExporter?
    ) {
        self.kind = kind
        self.context = context
        self.trace = trace
        self.parentID = parentID
        self.start = start
        self.exporter = exporter
        state = Mutex(State(name: name))
    }

    public var isRecording: Bool { trace.isSampled && !state.withLock { $0.isEnded } }

    public var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    public var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { state.withLock { $0.attributes = newValue } }
    }

    public func setStatus(_ status: SpanStatus) { state.withLock { $0.status = status } }

    public func addEvent(_ event: SpanEvent) {
        state.withLock { if $0.events.count < Self.limit { $0.events.append(event) } }
    }

    /// Notes the error's type only: its text may name a person.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        var attributes = attributes
        attributes["exception.type"] = "\(type(of: error))"
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
        state.withLock { $0.status = $0.status ?? SpanStatus(code: .error) }
    }

    public func addLink(_ link: SpanLink) {
        guard let trace = link.context.trace else { return }
        state.withLock { if $0.links.count < Self.limit { $0.links.append(trace) } }
    }

    /// Ends the span; a second end does nothing.
    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let state = state.withLock { state -> State? in
            guard !state.isEnded else { return nil }
            state.isEnded = true
            return state
        }
        guard let state, let exporter, trace.isSampled else { return }
        exporter.add(
            OTLPMessage.Span(
                name: state.name, kind: kind, trace: trace, parentID: parentID, start: start,
                end: max(start, instant().nanosecondsSinceEpoch), attributes: state.attributes, status: state.status,
                events: state.events, links: state.links))
    }
}
