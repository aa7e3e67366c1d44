import Foundation
import HTTPServing
import HTTPTypes
import Kafka
import Observability
import PaymentEvents
import Sidecar
import TemporalTestSupport
import Testing
import Tracing
import WaitingTestSupport

@Suite("The running sidecar", .timeLimit(.minutes(5)))
struct RunningSidecarTests {
    @Test("Port 0 takes a free port, which is reported and answers")
    func freePort() async throws {
        try await RunningSidecar.with { sidecar in
            #expect(sidecar.port > 0)
            let health = try await sidecar.call(.get, "/healthz")
            #expect(health.status == 200)
            #expect(try await sidecar.call(.get, "/readyz")["status"] == "ready")
        }
    }

    @Test("A port in use is reported with the address and what to do")
    func portInUse() async throws {
        try await RunningSidecar.with { sidecar in
            let error = await #expect(throws: ListenError.self) {
                _ = try await sidecar.startAnother(port: sidecar.port)
            }
            #expect(error?.description.contains("127.0.0.1:\(sidecar.port)") == true)
            #expect(error?.description.contains("another host or port") == true)
        }
    }

    @Test("When its task is cancelled it closes the port and returns without an error")
    func shutdown() async throws {
        try await RunningSidecar.with { sidecar in
            try await sidecar.stop()
            await #expect(throws: (any Error).self) { try await sidecar.call(.get, "/healthz") }
        }
    }

    @Test("A payment request is on the topic, keyed by its id, when the answer is there")
    func published() async throws {
        try await RunningSidecar.with { sidecar in
            let answer = try await sidecar.call(
                .post, "/v1/payments", [.contentType: "application/json"], try paymentJSON())
            #expect(answer.status == 202)
            let record = try await sidecar.firstRecord(of: Topics().requests)
            let headers = record.headers.map { header in
                (name: header.name, value: header.value.map { String(decoding: $0, as: UTF8.self) } ?? "")
            }
            let event = try EventCodec.decode(PaymentRequested.self, from: record.value, headers: headers)
            try event.validate()
            try event.validate(key: record.key.map { String(decoding: $0, as: UTF8.self) })
            #expect(record.headers.text(of: "ce_id") == "p-1/requested")
        }
    }

    @Test("A payment request goes on in the caller's trace, as the work of the call that brought it")
    func traced() async throws {
        _ = Self.tracing
        try await RunningSidecar.with { sidecar in
            let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            let answer = try await sidecar.call(
                .post, "/v1/payments", [.contentType: "application/json", HTTPField.Name("traceparent")!: caller],
                try paymentJSON())
            #expect(answer.status == 202)
            let text = try await sidecar.firstRecord(of: Topics().requests).headers.text(of: "traceparent")
            let trace = try #require(TraceContext(traceparent: text ?? ""))
            #expect(trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
            #expect(trace.spanID != "00f067aa0ba902b7")
            #expect(trace.isSampled)
        }
    }

    private static let tracing: Void = InstrumentationSystem.bootstrap(OTLPTracer(exporter: nil))

    @Test("A payment that one sidecar has taken is known to all, and is cancelled by an event while it has not begun")
    func pendingEverywhere() async throws {
        try await RunningSidecar.with { sidecar in
            let id = UUID().uuidString.lowercased()
            let answer = try await sidecar.call(
                .post, "/v1/payments", [.contentType: "application/json"],
                try paymentJSON(replacing: "\"payment_id\": \"\(id)\""))
            #expect(answer.status == 202)
            #expect(try await sidecar.call(.get, "/v1/payments/\(id)")["status"] == "pending")
            // One that starts afterwards reads what was requested before.
            let other = try await sidecar.startAnother(port: 0)
            try await eventually("the other sidecar has heard of it") {
                let answer = try await other.call(.get, "/v1/payments/\(id)")
                return answer.status == 200 && answer["status"] == "pending" && answer["source"] == "stored"
            }
            #expect(try await other.call(.post, "/v1/payments/\(id)/cancel").status == 202)
            let record = try await sidecar.firstRecord(of: Topics().cancellations)
            #expect(record.key.map { String(decoding: $0, as: UTF8.self) } == id)
            let event = try EventCodec.decode(CancellationRequested.self, from: record.value, headers: [])
            #expect(event.paymentID == id)
            #expect(record.headers.text(of: "ce_id") == "\(id)/cancellation")
            try await other.stop()
        }
    }

    @Test("Of a payment unknown to Temporal it tells the outcome, published before it started or after")
    func lastOutcome() async throws {
        try await RunningSidecar.with { sidecar in
            let producer = try KafkaProducer(sidecar.kafka)
            func publish(_ id: String) async throws {
                let event = try outcomeEvent(id)
                _ = try await producer.send(
                    ProducerRecord(
                        topic: Topics().outcomes, key: Array(event.key.utf8), value: event.value,
                        headers: event.headers.map { KafkaHeader($0.name, $0.value) }))
            }
            try await publish("forgotten-1")
            let other = try await sidecar.startAnother(port: 0)
            for id in ["forgotten-1", "forgotten-2"] {
                if id == "forgotten-2" { try await publish(id) }
                try await eventually("the outcome of \(id)") {
                    let answer = try await other.call(.get, "/v1/payments/\(id)")
                    return answer.status == 200 && answer["status"] == "cancelled" && answer["source"] == "stored"
                }
                #expect(try await other.call(.post, "/v1/payments/\(id)/cancel").status == 409)
            }
            try await other.stop()
            await producer.close()
        }
    }

    @Test("A body announced to be larger than 64 KiB is refused")
    func tooLarge() async throws {
        try await RunningSidecar.with { sidecar in
            let answer = try await sidecar.call(
                .post, "/v1/payments", [.contentType: "application/json"], String(repeating: "x", count: 1_000_000))
            #expect(answer.status == 413)
            #expect(answer.isProblem)
        }
    }

    @Test("Without Kafka it is not ready, and a payment request gets 503 in bounded time")
    func withoutKafka() async throws {
        try await RunningSidecar.with { sidecar in
            try sidecar.cluster.takeDown()
            let ready = try await sidecar.call(.get, "/readyz")
            #expect(ready.status == 503)
            #expect(ready.json["dependencies"] as? [String: String] == ["kafka": "down", "temporal": "up"])
            let answer = try await sidecar.call(
                .post, "/v1/payments", [.contentType: "application/json"], try paymentJSON())
            #expect(answer.status == 503)
            #expect(answer.isProblem)
        }
    }

    @Test("It ends in order while a payment request still waits for Kafka")
    func shutdownUnderWay() async throws {
        try await RunningSidecar.with { sidecar in
            try sidecar.cluster.takeDown()
            async let answer = sidecar.call(
                .post, "/v1/payments", [.contentType: "application/json"], try paymentJSON())
            // This takes two seconds, so the payment request has arrived by then.
            #expect(try await sidecar.call(.get, "/readyz").status == 503)
            let start = ContinuousClock.now
            try await sidecar.stop()
            #expect(ContinuousClock.now - start < .seconds(60))
            _ = try? await answer
        }
    }

    @Test("Without Temporal it is not ready, and asking for a payment gets 503 in bounded time")
    func withoutTemporal() async throws {
        let server = try await TemporalDevServer.start()
        try await RunningSidecar.with(server) { sidecar in
            await server.kill()
            let ready = try await sidecar.call(.get, "/readyz")
            #expect(ready.status == 503)
            #expect(ready.json["dependencies"] as? [String: String] == ["kafka": "up", "temporal": "down"])
            for answer in [
                try await sidecar.call(.get, "/v1/payments/p-1"),
                try await sidecar.call(.post, "/v1/payments/p-1/cancel"),
            ] {
                #expect(answer.status == 503)
                #expect(answer.isProblem)
            }
            #expect(try await sidecar.call(.get, "/healthz").status == 200)
        }
        await server.stop()
    }
}
