import Instrumentation
import Synchronization
import Tracing

/// Keeps the spans that were ended, and passes contexts on as W3C's `traceparent`. As real tracers do, it hands ended spans over to a task of
/// its own.
final class MemoryTracer: Tracer {
    struct Ended: Sendable {
        var name: String
        var kind: SpanKind
        var traceID: String
        var id: String
        var parentID: String?
        var linkedIDs: [String]
        var isError: Bool
    }

    private let spans = Mutex<[Ended]>([])
    private let handover: AsyncStream<Ended>.Continuation

    init() {
        let (stream, continuation) = AsyncStream<Ended>.makeStream()
        handover = continuation
        Task { for await _ in stream {} }
    }

    deinit { handover.finish() }

    var ended: [Ended] { spans.withLock { $0 } }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> MemorySpan {
        MemorySpan(name: operationName, kind: kind, parent: context()) { [self] ended in
            spans.withLock { $0.append(ended) }
            handover.yield(ended)
        }
    }

    func startAnySpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> any Span {
        startSpan(
            operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID, line: line
        )
    }

    func forceFlush() {}

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        let parts = extractor.extract(key: "traceparent", from: carrier)?.split(separator: "-") ?? []
        if parts.count == 4 { context[Position.self] = .init(traceID: String(parts[1]), spanID: String(parts[2])) }
    }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let position = context[Position.self] else { return }
        injector.inject("00-\(position.traceID)-\(position.spanID)-01", forKey: "traceparent", into: &carrier)
    }
}

/// Where in which trace something happens.
struct Position: ServiceContextKey {
    typealias Value = Position
    var traceID: String
    var spanID: String
}

final class MemorySpan: Span {
    private struct State {
        var name: String
        var attributes = SpanAttributes()
        var linkedIDs: [String] = []
        var isError = false
    }

    let context: ServiceContext
    let isRecording = true
    private let kind: SpanKind
    private let position: Position
    private let parentID: String?
    private let state: Mutex<State>
    private let onEnd: @Sendable (MemoryTracer.Ended) -> Void

    init(
        name: String, kind: SpanKind, parent: ServiceContext, onEnd: @escaping @Sendable (MemoryTracer.Ended) -> Void
    ) {
        func hex() -> String { (0..<8).map { _ in String(Int.random(in: 16...255), radix: 16) }.joined() }
        position = Position(traceID: parent[Position.self]?.traceID ?? hex() + hex(), spanID: hex())
        parentID = parent[Position.self]?.spanID
        var context = parent
        context[Position.self] = position
        self.context = context
        self.kind = kind
        self.onEnd = onEnd
        state = Mutex(State(name: name))
    }

    var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { state.withLock { $0.attributes = newValue } }
    }

    func setStatus(_ status: SpanStatus) { state.withLock { $0.isError = status.code == .error } }
    func addEvent(_ event: SpanEvent) {}
    func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {}

    func addLink(_ link: SpanLink) {
        guard let linked = link.context[Position.self] else { return }
        state.withLock { $0.linkedIDs.append(linked.spanID) }
    }

    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let state = state.withLock { $0 }
        onEnd(
            .init(
                name: state.name, kind: kind, traceID: position.traceID, id: position.spanID, parentID: parentID,
                linkedIDs: state.linkedIDs, isError: state.isError))
    }
}
