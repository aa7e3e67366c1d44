import Foundation
import Testing

@testable import LoadGenerator

@Suite("The report of a load")
struct LoadReportTests {
    private let recorder = LoadRecorder()

    private var report: LoadReport {
        LoadReport(
            recorder,
            parameters: .init(rate: 1, count: 3, arrivals: .constant, keys: .weighted, repeated: 0, seed: 1),
            startedAt: Date(timeIntervalSince1970: 0))
    }

    private func send(_ id: String, intended: Duration = .zero, now: Duration = .zero) {
        recorder.sending(id, intended: intended, now: now, expected: "SUCCEEDED")
    }

    private func end(_ id: String, _ outcome: String = "SUCCEEDED", event: String = "e", now: Duration) {
        recorder.outcome(of: id, eventID: event, outcome, now: now)
    }

    @Test("counts latencies from when a request was to be sent, not from when it was")
    func coordinatedOmission() {
        send("a", intended: .seconds(1), now: .seconds(5))
        end("a", now: .milliseconds(5100))
        #expect((4090...4110).contains(report.succeeded.p50))
        #expect((4090...4110).contains(report.all.max))
    }

    @Test("is reconciled when each request has the one outcome expected, however often its event came")
    func reconciled() {
        send("a")
        end("a", now: .milliseconds(10))
        end("a", now: .milliseconds(20))
        #expect(report.isReconciled)
        #expect(report.repeatedEvents == 1)
        #expect(report.all.count == 1)
    }

    @Test("lists requests without an outcome, with several, and with another than expected")
    func differences() {
        for id in ["missing", "unsent", "twice", "other"] { send(id) }
        recorder.failed("unsent", reason: "the broker is gone")
        end("twice", "SUCCEEDED", event: "1", now: .seconds(1))
        end("twice", "FAILED", event: "2", now: .seconds(2))
        end("other", "FAILED GATEWAY_DECLINED", now: .seconds(1))
        let report = report
        #expect(!report.isReconciled)
        #expect(
            Set(report.unreconciled) == [
                .init(id: "missing", expected: "SUCCEEDED", found: "nothing"),
                .init(id: "unsent", expected: "SUCCEEDED", found: "nothing; sending failed: the broker is gone"),
                .init(id: "twice", expected: "SUCCEEDED", found: "SUCCEEDED, then FAILED"),
            ])
        #expect(report.unexpected == [.init(id: "other", expected: "SUCCEEDED", found: "FAILED GATEWAY_DECLINED")])
    }

    @Test("passes over outcomes of payments that others requested")
    func strangers() {
        send("a")
        end("stranger", now: .seconds(1))
        #expect(report.outcomes == 0)
        #expect(report.unreconciled.map(\.id) == ["a"])
    }

    @Test("has the requests and outcomes of each second, and the throughput over all")
    func timeline() {
        send("a", now: .zero)
        send("b", intended: .milliseconds(2500), now: .milliseconds(2500))
        end("a", now: .milliseconds(1200))
        end("b", now: .milliseconds(4000))
        let report = report
        #expect(report.timeline.map(\.sent) == [1, 0, 1, 0, 0])
        #expect(report.timeline.map(\.outcomes) == [0, 1, 0, 0, 1])
        #expect(report.seconds == 4)
        #expect(report.throughput == 0.5)
    }

    @Test("can be read by programs")
    func json() throws {
        send("a")
        end("a", now: .milliseconds(12))
        let json = try JSONSerialization.jsonObject(with: report.json()) as? [String: Any]
        #expect(json?["sent"] as? Int == 1)
        #expect((json?["latency_ms_of_succeeded"] as? [String: Any])?["count"] as? Int == 1)
        #expect((json?["parameters"] as? [String: Any])?["arrivals"] as? String == "constant")
        #expect((json?["unreconciled"] as? [Any])?.isEmpty == true)
    }

    @Test("is a page that loads nothing, and escapes what it shows")
    func page() throws {
        send("<b>")
        let html = LoadPage(report).html
        #expect(html.contains("&lt;b&gt;"))
        #expect(!html.contains("<b>"))
        #expect(!html.contains("http"))
        #expect(!html.contains("src="))
        #expect(html.contains("1 requests without exactly one outcome"))
    }

    @Test("is made of no request at all, too")
    func empty() throws {
        #expect(report.isReconciled)
        #expect(report.all.count == 0)
        _ = try report.json()
        #expect(LoadPage(report).html.contains("<svg"))
    }
}
