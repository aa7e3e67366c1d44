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
                "process payments.requests", "StartWorkflow:PaymentWorkflow", "RunWorkflow:PaymentWorkflow",
                "RunActivity:events.publish-outcome",
            ]
            let deadline = ContinuousClock.now + .seconds(90)
            while !Set(wanted).isSubset(of: collector.names(ofTrace: Self.traceID)), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
            let names = collector.names(ofTrace: Self.traceID)
            for name in wanted { #expect(names.contains(name), "\(names.sorted())") }
        }
    }

    private func submit(to sidecar: String) async throws {
        var request = URLRequest(url: try #require(URL(string: "\(sidecar)/v1/payments")))
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "content-type")
        request.setValue("00-\(Self.traceID)-b7ad6b7169203331-01", forHTTPHeaderField: "traceparent")
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

/// Keeps the names of the spans that are sent to it as to an OpenTelemetry collector.
private final class Collector: Sendable {
    private struct Message: Decodable {
        struct Resource: Decodable { let scopeSpans: [Scope] }
        struct Scope: Decodable { let spans: [Span] }
        struct Span: Decodable {
            let name: String
            let traceId: String
        }
        let resourceSpans: [Resource]
    }

    private let spans = Mutex<[Message.Span]>([])

    func names(ofTrace id: String) -> Set<String> {
        spans.withLock { Set($0.filter { $0.traceId == id }.map(\.name)) }
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
