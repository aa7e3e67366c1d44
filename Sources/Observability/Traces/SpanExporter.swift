public import AsyncHTTPClient
import CoreMetrics
import Foundation
public import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Sends spans to an OpenTelemetry collector by OTLP over HTTP, in batches.
///
/// Spans never hold up what they tell of: those that find the queue full are dropped, as are those whose batch the collector
/// does not take after a few attempts. What was sent and what was dropped is counted, see ``metrics``.
public final class SpanExporter: Sendable {
    /// How many spans wait at most.
    static let capacity = 8192
    private static let batchSize = 512
    private static let interval = Duration.seconds(1)
    private static let timeout = TimeAmount.seconds(3)
    private static let attempts = 3

    public static let metrics = [
        MetricDescription("payment_saga_spans_exported_total", .counter, [], "Spans that the collector has taken."),
        MetricDescription(
            "payment_saga_spans_dropped_total", .counter, ["reason"],
            "Spans that were given up: the queue was full (queue_full) or the collector did not take them (refused)."),
    ]

    private let url: String
    private let resource: [OTLPMessage.Attribute]
    private let client: HTTPClient
    private let logger: Logger
    private let queue = Mutex<[OTLPMessage.Span]>([])
    private let exported = Counter(label: "payment_saga_spans_exported_total")
    private let droppedFromQueue = Counter(
        label: "payment_saga_spans_dropped_total", dimensions: [("reason", "queue_full")])
    private let refused = Counter(label: "payment_saga_spans_dropped_total", dimensions: [("reason", "refused")])

    /// - Parameters:
    ///   - endpoint: The collector's base URL, to which `/v1/traces` is added, such as `http://127.0.0.1:4318`.
    ///   - service: Who the spans are of.
    ///   - client: Stays the caller's to shut down.
    public init(endpoint: String, service: String, client: HTTPClient, logger: Logger) {
        url = (endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint) + "/v1/traces"
        resource = [
            .init(key: "service.name", value: .text(service)),
            .init(key: "service.namespace", value: .text("payment-saga")),
            .init(key: "process.pid", value: .integer(Int64(ProcessInfo.processInfo.processIdentifier))),
        ]
        self.client = client
        self.logger = logger
    }

    /// How many spans wait.
    var queued: Int { queue.withLock { $0.count } }

    func add(_ span: OTLPMessage.Span) {
        let isFull = queue.withLock { queue in
            guard queue.count < Self.capacity else { return true }
            queue.append(span)
            return false
        }
        if isFull { droppedFromQueue.increment() }
    }

    /// Sends what comes until the task is cancelled, then what is left, as far as the collector takes it at once.
    public func run() async {
        while (try? await Task.sleep(for: Self.interval)) != nil { await sendAll(attempts: Self.attempts) }
        await sendAll(attempts: 1)
        refused.increment(by: takeBatch(of: Self.capacity).count)
    }

    /// Ends with the first batch that is not taken: the next would not be either.
    private func sendAll(attempts: Int) async {
        while true {
            let batch = takeBatch(of: Self.batchSize)
            // Goes on when the task is cancelled: these are the last.
            guard !batch.isEmpty, await Task(operation: { await send(batch, attempts: attempts) }).value else { return }
        }
    }

    private func takeBatch(of size: Int) -> [OTLPMessage.Span] {
        queue.withLock { queue in
            let batch = Array(queue.prefix(size))
            queue.removeFirst(batch.count)
            return batch
        }
    }

    /// - Returns: Whether the collector has taken the spans.
    private func send(_ batch: [OTLPMessage.Span], attempts: Int) async -> Bool {
        guard let body = try? JSONEncoder().encode(OTLPMessage(resource: resource, spans: batch)) else { return false }
        var delay = Duration.milliseconds(200)
        var reason = ""
        for attempt in 1...attempts {
            do {
                var request = HTTPClientRequest(url: url)
                request.method = .POST
                request.headers.add(name: "content-type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: body))
                let status = try await client.execute(request, timeout: Self.timeout).status.code
                if (200..<300).contains(status) {
                    exported.increment(by: batch.count)
                    return true
                }
                reason = "it answered \(status)"
                // OTLP names these as the ones worth another attempt.
                guard [429, 502, 503, 504].contains(status) else { break }
            } catch {
                reason = "\(error)"
            }
            if attempt < attempts { try? await Task.sleep(for: delay) }
            delay *= 2
        }
        refused.increment(by: batch.count)
        logger.warning("\(batch.count) spans dropped: the collector at \(url) did not take them: \(reason)")
        return false
    }
}
