import Foundation
import FoundationNetworking
import HTTPServing
import Hummingbird
import Kafka
import Logging
import NIOCore
import Synchronization
import Testing

@Suite("A trace", .timeLimit(.minutes(5)))
struct TraceTests {
    private static let traceID = "0af7651916cd43dd8448eb211c80319c"
    private static let callerID = "b7ad6b7169203331"

    @Test(
        "goes from the request through bridge, workflow and activities to the outcome",
        .enabled(if: DevelopmentStackTests.hasTemporal, "there is no Temporal server in .tools: run scripts/setup"))
    func endToEnd() async throws {
        let collector = Collector()
        try await collector.serve { url in
            let stack = try await RunningStack(environment: ["PAYMENT_SAGA_OTLP_ENDPOINT": url])
            let reader = try await KafkaReader(
                KafkaConfiguration(bootstrapServers: stack.broker, properties: ["fetch.wait.max.ms": "10"]),
                topics: ["payments.outcomes"])
            try await submit(to: stack.sidecar)
            let outcome = try await firstRecord(of: reader)
            await reader.close()
            #expect(outcome.headers.text(of: "traceparent")?.contains(Self.traceID) == true)

            let wanted = [
                "POST /v1/payments", "process payments.requests", "StartWorkflow:PaymentWorkflow",
                "RunWorkflow:PaymentWorkflow",
                "RunActivity:events.publish-outcome",
            ]
            let deadline = ContinuousClock.now + .seconds(90)
            while !Set(wanted).isSubset(of: collector.names(ofTrace: Self.traceID)), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
            let names = collector.names(ofTrace: Self.traceID)
            for name in wanted { #expect(names.contains(name), "\(names.sorted())") }

            let call = try #require(collector.span("POST /v1/payments", ofTrace: Self.traceID))
            #expect(call.parentSpanId == Self.callerID)
            #expect(call.kind == Collector.server)
            #expect(call["http.request.method"]?.stringValue == "POST")
            #expect(call["http.route"]?.stringValue == "/v1/payments")
            #expect(call["url.path"]?.stringValue == "/v1/payments")
            #expect(call["http.response.status_code"]?.intValue == "202")
            let record = collector.span("process payments.requests", ofTrace: Self.traceID)
            #expect(record?.parentSpanId == call.spanId)
        }
    }

    private func submit(to sidecar: String) async throws {
        var request = URLRequest(url: try #require(URL(string: "\(sidecar)/v1/payments")))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.setValue("00-\(Self.traceID)-\(Self.callerID)-01", forHTTPHeaderField: "traceparent")
        request.httpBody = Data(
            """
            {"payment_id": "traced", "user_id": "user-ada", "merchant_id": "merchant-books",
            "amount": {"currency": "USD", "minor_units": 100}, "payment_method": {"type": "card", "token": "tok_ok"}}
            """.utf8)
        let (_, response) = try await URLSession.shared.data(for: request)
        #expect((response as? HTTPURLResponse)?.statusCode == 202)
    }

    private func firstRecord(of reader: KafkaReader) async throws -> KafkaRecord {
        for await event in reader.events {
            if case .records(let records) = event, let first = records.first { return first }
        }
        throw CancellationError()
    }
}

/// Keeps the spans that are sent to it as to an OpenTelemetry collector.
private final class Collector: Sendable {
    /// The kind of a span that answers a call.
    static let server = 2

    struct Message: Decodable {
        struct Resource: Decodable { let scopeSpans: [Scope] }
        struct Scope: Decodable { let spans: [Span] }
        struct Span: Decodable {
            let name: String
            let kind: Int
            let traceId: String
            let spanId: String
            let parentSpanId: String?
            let attributes: [Attribute]

            subscript(name: String) -> Attribute.Value? { attributes.first { $0.key == name }?.value }
        }
        struct Attribute: Decodable {
            struct Value: Decodable {
                let stringValue: String?
                let intValue: String?
            }
            let key: String
            let value: Value
        }
        let resourceSpans: [Resource]
    }

    private let spans = Mutex<[Message.Span]>([])

    func names(ofTrace id: String) -> Set<String> {
        spans.withLock { Set($0.filter { $0.traceId == id }.map(\.name)) }
    }

    func span(_ name: String, ofTrace id: String) -> Message.Span? {
        spans.withLock { $0.first { $0.traceId == id && $0.name == name } }
    }

    func serve(_ body: (String) async throws -> Void) async throws {
        let router = Router()
        router.post("v1/traces") { [self] request, _ in
            let body = try await request.body.collect(upTo: 1 << 22)
            let message = try JSONDecoder().decode(Message.self, from: Data(body.readableBytesView))
            spans.withLock { $0 += message.resourceSpans.flatMap { $0.scopeSpans.flatMap(\.spans) } }
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
