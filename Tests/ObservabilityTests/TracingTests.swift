import AsyncHTTPClient
import Foundation
import HTTPServing
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Testing
import Tracing

@testable import Observability

@Suite("Traces")
struct TracingTests {
    static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(
        "go on only from a traceparent that is well formed",
        arguments: [
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
            ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
            ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false), ("00-0af7-b7ad-01", false), ("", false),
        ])
    func traceparent(text: String, isGood: Bool) {
        #expect((TraceContext(traceparent: text) != nil) == isGood)
    }

    @Test("pass on their id, the span's own id, and what other vendors added")
    func propagation() {
        let tracer = OTLPTracer(exporter: nil)
        var context = ServiceContext.topLevel
        tracer.extract(["traceparent": Self.parent, "tracestate": "vendor=1"], into: &context, using: Carrier())
        let span = tracer.startSpan("work", context: context)
        var headers: [String: String] = [:]
        tracer.inject(span.context, into: &headers, using: Carrier())
        let passed = headers["traceparent"].flatMap { TraceContext(traceparent: $0) }
        #expect(passed?.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(passed?.spanID != "b7ad6b7169203331")
        #expect(passed?.isSampled == true)
        #expect(headers["tracestate"] == "vendor=1")
    }

    @Test("reach the collector as OTLP, with parent, kind, status and attributes")
    func export() async throws {
        let collector = Collector()
        try await collector.serve { url in
            let exporter = SpanExporter(
                endpoint: url, service: "payment-saga-test", client: .shared, logger: Logger(label: "test"))
            let tracer = OTLPTracer(exporter: exporter)
            let parent = tracer.startSpan("outer", context: .topLevel)
            let child = tracer.startSpan("inner", context: parent.context, ofKind: .consumer)
            child.attributes["messaging.kafka.offset"] = Int64(42)
            child.recordError(CancellationError())
            child.end()
            child.end()
            parent.end()
            let exporting = Task { await exporter.run() }
            exporting.cancel()
            await exporting.value
        }
        let spans = try #require(collector.spans)
        #expect(spans.map { $0["name"] as? String } == ["inner", "outer"])
        #expect(spans[0]["parentSpanId"] as? String == spans[1]["spanId"] as? String)
        #expect(spans[0]["traceId"] as? String == spans[1]["traceId"] as? String)
        #expect(spans[0]["kind"] as? Int == 5)
        #expect((spans[0]["status"] as? [String: Any])?["code"] as? Int == 2)
        let attributes = spans[0]["attributes"] as? [[String: Any]]
        #expect((attributes?.first?["value"] as? [String: String])?["intValue"] == "42")
    }

    @Test("that are not sampled, by whoever began them, are passed on but not sent")
    func unsampled() async throws {
        let collector = Collector()
        try await collector.serve { url in
            let exporter = SpanExporter(
                endpoint: url, service: "test", client: .shared, logger: Logger(label: "test"))
            let tracer = OTLPTracer(exporter: exporter, ratio: 0)
            let span = tracer.startSpan("quiet", context: .topLevel)
            #expect(span.context.trace?.isSampled == false)
            span.end()
            let exporting = Task { await exporter.run() }
            exporting.cancel()
            await exporting.value
        }
        #expect(collector.bodies.isEmpty)
    }

    @Test("are dropped, not waited for, when nobody takes them")
    func dropped() async throws {
        let exporter = SpanExporter(
            endpoint: "http://127.0.0.1:1", service: "test", client: .shared, logger: Logger(label: "test"))
        let tracer = OTLPTracer(exporter: exporter)
        for _ in 0..<(SpanExporter.capacity + 10) { tracer.startSpan("lost", context: .topLevel).end() }
        #expect(exporter.queued == SpanExporter.capacity)
        let exporting = Task { await exporter.run() }
        exporting.cancel()
        await exporting.value
        #expect(exporter.queued == 0)
    }
}

private struct Carrier: Extractor, Injector {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
}

/// Keeps what is sent to it as to an OpenTelemetry collector.
private final class Collector: Sendable {
    private let received = Mutex<[Data]>([])

    var bodies: [Data] { received.withLock { $0 } }

    var spans: [[String: Any]]? {
        let message = bodies.first.flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
        let resource = (message?["resourceSpans"] as? [[String: Any]])?.first
        return (resource?["scopeSpans"] as? [[String: Any]])?.first?["spans"] as? [[String: Any]]
    }

    func serve(_ body: (String) async throws -> Void) async throws {
        let router = Router()
        router.post("v1/traces") { [self] request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            received.withLock { $0.append(Data(body.readableBytesView)) }
            return HTTPResponse.Status.ok
        }
        let listener = HTTPListener(name: "the collector", host: "127.0.0.1", port: 0, logger: Logger(label: "test"))
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let serving = Task { try await listener.serve(router) { port.yield($0) } }
        let number = try #require(await ports.first { _ in true })
        try await body("http://127.0.0.1:\(number)")
        serving.cancel()
        _ = try await serving.value
    }
}
