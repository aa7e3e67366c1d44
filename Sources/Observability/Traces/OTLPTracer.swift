import Foundation
public import Tracing

/// Makes spans and hands those that are recorded to a ``SpanExporter``, in W3C Trace Context.
///
/// A trace that comes in sampled, or not, stays so. One that begins here is sampled by its id, so that all who see the id and
/// have the same ratio decide alike.
public final class OTLPTracer: Tracer {
    private let exporter: SpanExporter?
    private let ratio: Double

    /// - Parameters:
    ///   - exporter: Where spans go; nil passes traces on without recording any.
    ///   - ratio: How many of the traces that begin here are recorded, from 0 to 1.
    public init(exporter: SpanExporter?, ratio: Double = 1) {
        self.exporter = exporter
        self.ratio = ratio
    }

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> OTLPSpan {
        let parent = context()
        let low = UInt64.random(in: 1...UInt64.max)
        let trace = TraceContext(
            traceID: parent.trace?.traceID ?? Self.hex(UInt64.random(in: 1...UInt64.max)) + Self.hex(low),
            spanID: Self.hex(UInt64.random(in: 1...UInt64.max)), isSampled: parent.trace?.isSampled ?? isSampled(low),
            state: parent.trace?.state)
        var inner = parent
        inner.trace = trace
        return OTLPSpan(
            name: operationName, kind: kind, context: inner, trace: trace, parentID: parent.trace?.spanID,
            start: instant().nanosecondsSinceEpoch, exporter: exporter)
    }

    public func startAnySpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> any Span {
        startSpan(
            operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID, line: line
        )
    }

    /// Does nothing: ``SpanExporter/run()`` sends what is left when it ends.
    public func forceFlush() {}

    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: "traceparent", from: carrier) else { return }
        context.trace = TraceContext(
            traceparent: parent, state: extractor.extract(key: "tracestate", from: carrier))
    }

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.trace else { return }
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }

    private func isSampled(_ id: UInt64) -> Bool {
        guard exporter != nil else { return false }
        return Double(id) < ratio * Double(UInt64.max) || ratio >= 1
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
