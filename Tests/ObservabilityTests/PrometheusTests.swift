import CoreMetrics
import Testing

@testable import Observability

@Suite("The metrics in Prometheus's text format")
struct PrometheusTests {
    private let registry = PrometheusRegistry(descriptions: ["payments_total": "Payments."])

    private var lines: [String] { registry.text().split(separator: "\n").map(String.init) }

    @Test("have a help text, a kind, and their labels in order")
    func counter() {
        let counter = Counter(
            label: "payments_total", dimensions: [("status", "FAILED"), ("reason", "LATE")], factory: registry)
        counter.increment(by: 2)
        counter.increment()
        #expect(
            lines.prefix(3) == [
                "# HELP payments_total Payments.", "# TYPE payments_total counter",
                "payments_total{reason=\"LATE\",status=\"FAILED\"} 3",
            ])
    }

    @Test("of the same name and labels are one, whoever makes them and in whichever order the labels come")
    func sameSeries() {
        Counter(label: "calls_total", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "calls_total", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        #expect(lines.contains("calls_total{a=\"1\",b=\"2\"} 2"))
    }

    @Test("count what timers record in seconds, each bucket with those below it")
    func seconds() {
        let timer = Timer(label: "wait_seconds", preferredDisplayUnit: .seconds, factory: registry)
        timer.recordMilliseconds(3)
        timer.recordSeconds(2)
        timer.recordSeconds(100_000)
        #expect(lines.contains("wait_seconds_bucket{le=\"0.0025\"} 0"))
        #expect(lines.contains("wait_seconds_bucket{le=\"0.005\"} 1"))
        #expect(lines.contains("wait_seconds_bucket{le=\"2.5\"} 2"))
        #expect(lines.contains("wait_seconds_bucket{le=\"3600\"} 2"))
        #expect(lines.contains("wait_seconds_bucket{le=\"+Inf\"} 3"))
        #expect(lines.contains("wait_seconds_sum 100002.003"))
        #expect(lines.contains("wait_seconds_count 3"))
    }

    @Test("of Temporal's SDKs keep their names, and the milliseconds their timers prefer")
    func milliseconds() {
        let timer = Timer(label: "temporal_latency", preferredDisplayUnit: .milliseconds, factory: registry)
        timer.recordMilliseconds(3)
        #expect(lines.contains("temporal_latency_bucket{le=\"2.5\"} 0"))
        #expect(lines.contains("temporal_latency_bucket{le=\"5\"} 1"))
        #expect(lines.contains("temporal_latency_sum 3"))
        Counter(label: "temporal_request", factory: registry).increment()
        #expect(lines.contains("temporal_request 1"))
    }

    @Test("end in what they count and in their unit, once")
    func suffixes() {
        Counter(label: "payments", factory: registry).increment()
        Counter(label: "refunds_total", factory: registry).increment()
        Timer(label: "call", preferredDisplayUnit: .milliseconds, factory: registry).recordSeconds(2)
        #expect(lines.contains("payments_total 1"))
        #expect(lines.contains("refunds_total 1"))
        #expect(lines.contains("call_seconds_sum 2"))
    }

    @Test("show what a gauge was set to last")
    func gauge() {
        let meter = Meter(label: "level", factory: registry)
        meter.set(5)
        meter.increment(by: 2.5)
        #expect(lines.contains("level 7.5"))
    }

    @Test("keep to the characters of Prometheus, and escape the values of labels")
    func text() {
        Counter(label: "http.server/requests", dimensions: [("http.route", "a\"b\\c\nd")], factory: registry)
            .increment()
        #expect(lines.contains(#"http_server_requests_total{http_route="a\"b\\c\nd"} 1"#))
    }

    @Test("of one name are never of two kinds")
    func kinds() {
        Counter(label: "thing_total", factory: registry).increment()
        Meter(label: "thing_total", factory: registry).set(9)
        #expect(lines.contains("thing_total 1"))
        #expect(!lines.contains("thing_total 9"))
        #expect(lines.filter { $0.hasPrefix("# TYPE thing_total ") } == ["# TYPE thing_total counter"])
    }

    @Test("are gone once they are destroyed")
    func destroyed() {
        let counter = Counter(label: "gone", factory: registry)
        counter.increment()
        counter.destroy()
        #expect(!registry.text().contains("gone"))
    }

    @Test("add up when many threads count at once")
    func concurrency() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        Counter(label: "busy_total", dimensions: [("x", "y")], factory: registry).increment()
                    }
                }
            }
        }
        #expect(lines.contains("busy_total{x=\"y\"} 8000"))
    }

    @Test("tell of the process itself", arguments: MetricDescription.process.map(\.name))
    func process(name: String) throws {
        let line = try #require(lines.first { $0.hasPrefix("\(name) ") })
        #expect(try #require(Double(line.dropFirst(name.count + 1))) > 0)
    }
}
