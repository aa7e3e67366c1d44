import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import Synchronization
import Testing
import WaitingTestSupport

@testable import Sidecar

@Suite("GET /v1/payments/{id}/events", .timeLimit(.minutes(5)))
struct FollowPaymentTests {
    private static let quick = PaymentFeed.Limits(interval: .milliseconds(10), heartbeat: .milliseconds(100))

    @Test("Each change is an event, and the stream ends with the last one")
    func untilTheEnd() async throws {
        let directory = ScriptedDirectory(
            try liveReport(stage: "submit"), try liveReport(stage: "confirm", updatedAt: "2025-11-20T10:00:01Z"),
            try liveReport("p-1", "failed", reasonCode: #""GATEWAY_DECLINED""#, updatedAt: "2025-11-20T10:00:02Z"))
        try await TestingSidecar.with(directory, feed: Self.quick, setup: .live) { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/p-1/events")
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType] == "text/event-stream")
            #expect(answer.headers[.cacheControl] == "no-store")
            let events = answer.events
            #expect(events.map { $0.data["stage"] as? String } == ["submit", "confirm", "confirm"])
            #expect(events.map { $0.data["status"] as? String } == ["processing", "processing", "failed"])
            #expect(events.last?.data["reason_code"] as? String == "GATEWAY_DECLINED")
            #expect(events.allSatisfy { $0.name == "status" })
            #expect(Set(events.map(\.id)).count == 3)

            // Who has seen the end is told that there is no more.
            let lastID = try #require(events.last?.id)
            let again = try await sidecar.call(.get, "/v1/payments/p-1/events", ["last-event-id": lastID])
            #expect(again.status == 204)
        }
    }

    @Test("What the caller has seen is not sent again")
    func resumed() async throws {
        let first = try liveReport(stage: "submit")
        let directory = ScriptedDirectory(
            first, try liveReport("p-1", "succeeded", updatedAt: "2025-11-20T10:00:02Z"))
        try await TestingSidecar.with(directory, feed: Self.quick, setup: .live) { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/p-1/events", ["last-event-id": first.eventID])
            #expect(answer.events.map { $0.data["status"] as? String } == ["succeeded"])
        }
    }

    @Test("A payment that has not begun is pending, and is told of as it goes on, whatever the clocks say")
    func pending() async throws {
        let directory = ScriptedDirectory()
        try await TestingSidecar.with(directory, feed: Self.quick, setup: .live) { sidecar in
            #expect(try await sidecar.submit(try paymentJSON()).status == 202)
            async let answer = sidecar.call(.get, "/v1/payments/p-1/events")
            try await eventually("the payment is looked at again") { directory.script.withLock { $0.questions } >= 2 }
            // Long before the request, by the clock of this machine.
            let reports = [
                try liveReport(stage: "submit"), try liveReport("p-1", "succeeded", updatedAt: "2025-11-20T10:00:01Z"),
            ]
            directory.script.withLock { $0.reports["p-1"] = reports }
            let events = try await answer.events
            #expect(events.map { $0.data["status"] as? String } == ["pending", "processing", "succeeded"])
            #expect(events.first?.data["source"] as? String == "stored")
        }
    }

    @Test("The end is told, and ends the stream, though by another clock it was before what was told last")
    func endOfAnotherClock() async throws {
        let directory = ScriptedDirectory(
            try liveReport(updatedAt: "2025-11-20T10:00:05Z"),
            try liveReport("p-1", "failed", updatedAt: "2025-11-20T10:00:01Z"))
        try await TestingSidecar.with(directory, feed: Self.quick, setup: .live) { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/p-1/events")
            #expect(answer.events.map { $0.data["status"] as? String } == ["processing", "failed"])
        }
    }

    @Test("A comment comes when nothing else does, and all readers share the looking")
    func heartbeat() async throws {
        let directory = ScriptedDirectory(try liveReport())
        try await TestingSidecar.with(directory, feed: Self.quick, setup: .live) { sidecar in
            let start = ContinuousClock.now
            async let answers = withThrowingTaskGroup { group in
                for _ in 0..<20 { group.addTask { try await sidecar.call(.get, "/v1/payments/p-1/events") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            func questions() -> Int { directory.script.withLock { $0.questions } }
            try await eventually("the payment is looked at again and again") { questions() >= 4 }
            // It has long stood still: at most one question a second, however many read, the first, and one that is under way.
            #expect(questions() <= Int(start.duration(to: .now) / .seconds(1)) + 2)
            directory.script.withLock { script in
                script.reports["p-1"] = (try? liveReport("p-1", "cancelled", updatedAt: "2025-11-20T10:00:02Z")).map {
                    [$0]
                }
            }
            for answer in try await answers {
                #expect(answer.text.contains(": still here\n\n"))
                #expect(answer.events.last?.data["status"] as? String == "cancelled")
            }
        }
    }

    @Test("When too many follow payments, one more is a problem with status 503")
    func tooMany() async throws {
        let directory = ScriptedDirectory(try liveReport())
        var limits = Self.quick
        limits.maximumSubscribers = 0
        try await TestingSidecar.with(directory, feed: limits) { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments/p-1/events")
            #expect(answer.status == 503)
            #expect(answer.isProblem)
            #expect(answer.headers[.retryAfter] != nil)
        }
    }

    @Test("Readers that leave make room")
    func room() async throws {
        let report = try liveReport()
        let limits = PaymentFeed.Limits(maximumSubscribers: 1, interval: .milliseconds(10))
        let feed = PaymentFeed(
            reports: PaymentReports(directory: ScriptedDirectory(report)), limits: limits, logger: .silent)
        let reader = Task { [events = await feed.subscribe(from: report)] in
            for await _ in try #require(events) {}
        }
        #expect(await feed.subscribe(from: report) == nil)
        reader.cancel()
        try await reader.value
        let deadline = ContinuousClock.now + .seconds(60)
        var events = await feed.subscribe(from: report)
        while events == nil, ContinuousClock.now < deadline { events = await feed.subscribe(from: report) }
        #expect(events != nil)
    }

    @Test("An unknown payment is 404, an invalid id 400, no Temporal 503; HEAD has no body")
    func errors() async throws {
        try await TestingSidecar.with(ScriptedDirectory(try liveReport())) { sidecar in
            #expect(try await sidecar.call(.get, "/v1/payments/p-2/events").status == 404)
            #expect(try await sidecar.call(.get, "/v1/payments/p%201/events").status == 400)
            let head = try await sidecar.call(.head, "/v1/payments/p-1/events")
            #expect(head.status == 200)
            #expect(head.text.isEmpty)
        }
        try await TestingSidecar.with(ScriptedDirectory(isReachable: false)) { (sidecar) async throws in
            #expect(try await sidecar.call(.get, "/v1/payments/p-1/events").status == 503)
        }
    }
}

extension Answer {
    fileprivate var events: [(name: String, id: String, data: [String: Any])] {
        text.components(separatedBy: "\n\n").compactMap { block in
            var fields: [String: String] = [:]
            for line in block.split(separator: "\n") {
                let parts = line.split(separator: ": ", maxSplits: 1)
                if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
            }
            guard let data = fields["data"] else { return nil }
            let json = (try? JSONSerialization.jsonObject(with: Data(data.utf8))) as? [String: Any]
            return (fields["event"] ?? "", fields["id"] ?? "", json ?? [:])
        }
    }
}
