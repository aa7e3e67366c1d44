import Foundation
import HTTPTypes
import PaymentSaga
import Synchronization
import Testing
import WaitingTestSupport

@testable import Sidecar

@Suite("GET /v1/payments", .timeLimit(.minutes(5)))
struct ListPaymentsTests {
    @Test("Payments that were reinstated are searched for and counted as succeeded, not as what they ended as first")
    func reinstated() {
        func query(_ status: PaymentStatusView.Status, _ reinstated: Set<String> = ["p-2", "p-1"]) -> String {
            VisibilityQuery.text(PaymentFilter(status: status), StartSpan(), reinstated: reinstated)
        }
        let succeeded = "WorkflowType = 'PaymentWorkflow' AND PaymentStatus = 'succeeded'"
        #expect(query(.succeeded, []) == succeeded)
        #expect(
            query(.succeeded)
                == "WorkflowType = 'PaymentWorkflow' AND (PaymentStatus = 'succeeded' OR WorkflowId IN ('p-1', 'p-2'))")
        for status in [PaymentStatusView.Status.failed, .cancelled] {
            #expect(query(status) == query(status, []) + " AND WorkflowId NOT IN ('p-1', 'p-2')")
        }
        for status in [PaymentStatusView.Status.processing, .rejected] { #expect(query(status) == query(status, [])) }
    }

    @Test("Payments are listed newest first, with what they say themselves")
    func newestFirst() async throws {
        let directory = ScriptedDirectory(try liveReport("p-2", stage: "submit"))
        directory.script.withLock { script in
            script.entries = [entry(1), entry(3, status: .succeeded), entry(2)]
        }
        try await TestingSidecar.with(directory) { sidecar in
            // On a busy machine it may take longer than the second a list waits until a payment has answered.
            try await eventually("the payment under way says where it stands") {
                let answer = try await sidecar.call(.get, "/v1/payments")
                #expect(answer.status == 200)
                let payments = answer.json["payments"] as? [[String: Any]] ?? []
                #expect(payments.map { $0["payment_id"] as? String } == ["p-3", "p-2", "p-1"])
                #expect(payments.map { $0["status"] as? String } == ["succeeded", "processing", "processing"])
                #expect(answer["next_cursor"] == nil)
                return payments.map { $0["stage"] as? String } == [nil, "submit", nil]
                    && payments.map { $0["source"] as? String } == ["stored", "live", "stored"]
            }
        }
    }

    @Test(
        "Page by page, every payment is listed once, however they lie in time",
        arguments: [
            // Times of 700 payments in milliseconds: at once, close together, in two crowds, ever farther apart.
            { _ in 0 }, { $0 / 3 }, { $0 < 400 ? $0 / 50 : 30 * 86_400_000 + $0 * 1000 }, { $0 * $0 * 100_000 },
        ] as [@Sendable (Int) -> Int])
    func pages(time: @escaping @Sendable (Int) -> Int) async throws {
        let directory = ScriptedDirectory()
        let start = Date.now.milliseconds - 90 * 86_400_000
        let entries = (0..<700).map { entry($0, startedAt: start + Int64(time($0))) }
        directory.script.withLock { $0.entries = entries.shuffled() }
        try await TestingSidecar.with(directory) { sidecar in
            var listed: [String] = []
            var path = "/v1/payments?limit=90"
            for _ in 0..<100 {
                let answer = try await sidecar.call(.get, path)
                let payments = answer.json["payments"] as? [[String: Any]] ?? []
                listed += payments.compactMap { $0["payment_id"] as? String }
                guard let cursor = answer["next_cursor"] else { break }
                path = "/v1/payments?limit=90&cursor=\(cursor)"
            }
            let expected = entries.sorted { ($0.startedAt, $0.paymentID) > ($1.startedAt, $1.paymentID) }
            #expect(listed == expected.map(\.paymentID))
        }
        // A page should not take more than a handful of searches.
        #expect(directory.script.withLock { $0.searches } < 100)
    }

    @Test("Filters narrow the list, and go with its cursors")
    func filters() async throws {
        let directory = ScriptedDirectory()
        directory.script.withLock { script in
            script.entries = (1...9).map {
                entry($0, status: $0 % 2 == 0 ? .failed : .succeeded, userID: $0 < 6 ? "u 1&2" : "u-2")
            }
        }
        try await TestingSidecar.with(directory) { sidecar in
            let path = "/v1/payments?status=succeeded&user_id=u%201%262"
            let all = try await sidecar.call(.get, path)
            #expect(ids(all) == ["p-5", "p-3", "p-1"])
            let first = try await sidecar.call(.get, path + "&limit=2")
            #expect(ids(first) == ["p-5", "p-3"])
            let cursor = try #require(first["next_cursor"])
            #expect(ids(try await sidecar.call(.get, path + "&limit=2&cursor=\(cursor)")) == ["p-1"])
            let other = try await sidecar.call(.get, "/v1/payments?status=failed&cursor=\(cursor)")
            #expect(other.status == 400)
            #expect(other["field"] == "cursor")
        }
    }

    @Test("Bounds of the time they were started at narrow the list, page by page")
    func created() async throws {
        let directory = ScriptedDirectory()
        // 2025-11-13T02:13:20Z and a second for each.
        directory.script.withLock {
            $0.entries = (0..<60).map { entry($0, startedAt: 1_763_000_000_000 + Int64($0) * 1000) }
        }
        try await TestingSidecar.with(directory) { sidecar in
            func list(_ query: String) async throws -> [String] {
                ids(try await sidecar.call(.get, "/v1/payments?\(query)"))
            }
            let (after, before) = ("created_after=2025-11-13T02:13:22Z", "created_before=2025-11-13T03:13:25.5%2B01:00")
            #expect(try await list("\(after)&\(before)") == ["p-5", "p-4", "p-3", "p-2"])
            #expect(try await list("\(before)&limit=2") == ["p-5", "p-4"])
            #expect(try await list(after).count == 50)
            #expect(try await list("created_after=2025-11-13T02:13:22Z&created_before=2025-11-13T02:13:22Z").isEmpty)
            #expect(try await list("created_after=2225-01-01T00:00:00Z").isEmpty)
            let first = try await sidecar.call(.get, "/v1/payments?\(after)&\(before)&limit=3")
            #expect(ids(first) == ["p-5", "p-4", "p-3"])
            let cursor = try #require(first["next_cursor"])
            let second = try await sidecar.call(.get, "/v1/payments?\(after)&\(before)&limit=3&cursor=\(cursor)")
            #expect(ids(second) == ["p-2"])
            #expect(second["next_cursor"] == nil)
            #expect(try await sidecar.call(.get, "/v1/payments?\(after)&cursor=\(cursor)")["field"] == "cursor")
        }
    }

    @Test(
        "A parameter that can't be is a problem with status 400 that names it",
        arguments: [
            ("status=done", "status"), ("status=", "status"), ("status=failed&status=failed", "status"),
            ("user_id=", "user_id"), ("user_id=a%0Ab", "user_id"), ("limit=0", "limit"), ("limit=101", "limit"),
            ("limit=ten", "limit"), ("limit=%2B5", "limit"), ("cursor=", "cursor"), ("cursor=!", "cursor"),
            ("cursor=eyJ0IjotMX0", "cursor"), ("state=failed", "state"),
            ("user_id=" + String(repeating: "u", count: 129), "user_id"), ("created_after=", "created_after"),
            ("created_after=yesterday", "created_after"), ("created_after=2025-02-30T10:00:00Z", "created_after"),
            ("created_before=2025-11-13", "created_before"), ("created_before=%22", "created_before"),
        ])
    func invalid(query: String, field: String) async throws {
        try await TestingSidecar.with { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments?\(query)")
            #expect(answer.status == 400)
            #expect(answer.isProblem)
            #expect(answer["field"] == field)
        }
    }

    @Test("Where payments can't be searched by something, that is a problem with status 501")
    func unknownFilter() async throws {
        let directory = ScriptedDirectory()
        directory.script.withLock { $0.unknownFilter = "user_id" }
        try await TestingSidecar.with(directory) { sidecar in
            let answer = try await sidecar.call(.get, "/v1/payments?user_id=u-1")
            #expect(answer.status == 501)
            #expect(answer.isProblem)
            #expect(answer["field"] == "user_id")
        }
    }

    @Test("A payment that has moved on since it was indexed is not listed under its old status")
    func behind() async throws {
        let directory = ScriptedDirectory(try liveReport("p-1", "succeeded"))
        directory.script.withLock { $0.entries = [entry(1), entry(2)] }
        try await TestingSidecar.with(directory) { (sidecar) async throws in
            #expect(ids(try await sidecar.call(.get, "/v1/payments?status=processing")) == ["p-2"])
        }
    }

    @Test("A payment that is indexed as ended is listed so, whatever was known of it a moment ago")
    func ahead() async throws {
        let directory = ScriptedDirectory(try liveReport("p-1", "processing"))
        directory.script.withLock { $0.entries = [entry(1, status: .succeeded)] }
        try await TestingSidecar.with(directory) { (sidecar) async throws in
            let answer = try await sidecar.call(.get, "/v1/payments?status=succeeded")
            #expect(ids(answer) == ["p-1"])
            #expect((answer.json["payments"] as? [[String: Any]])?.first?["status"] as? String == "succeeded")
        }
    }

    @Test("A list waits for slow workers no longer than a second")
    func slowWorkers() async throws {
        let directory = ScriptedDirectory(try liveReport("p-1", stage: "submit"), answerTime: .seconds(30))
        directory.script.withLock { $0.entries = [entry(1)] }
        try await TestingSidecar.with(directory) { (sidecar) async throws in
            let start = ContinuousClock.now
            #expect(ids(try await sidecar.call(.get, "/v1/payments")) == ["p-1"])
            #expect(ContinuousClock.now - start < .seconds(15))
        }
    }

    @Test(
        "Many payments of one moment are found in a few searches, however long ago they were, and also from a time to come",
        arguments: ["", "&created_before=9999-12-31T23:59:59Z", "&created_after=0001-01-01T00:00:00Z"])
    func burst(bounds: String) async throws {
        for minutes in [5, 60, 60 * 24 * 400] {
            let directory = ScriptedDirectory()
            let burst = Date().milliseconds - Int64(minutes) * 60_000
            directory.script.withLock {
                $0.entries = (0..<600).map { entry($0, startedAt: burst + Int64($0 / 4)) }
                $0.entries.append(entry(600, startedAt: burst + 200_000))
            }
            try await TestingSidecar.with(directory) { sidecar in
                var path = "/v1/payments?limit=20\(bounds)"
                let first = try await sidecar.call(.get, path)
                #expect(ids(first).first == "p-600")
                #expect(ids(first).count == 20)
                #expect(directory.script.withLock { $0.searches } <= 60)
                let cursor = try #require(first["next_cursor"])
                path += "&cursor=\(cursor)"
                #expect(Set(ids(try await sidecar.call(.get, path))).isDisjoint(with: ids(first)))
            }
        }
    }

    @Test("A cursor survives its text, and nothing else is one")
    func cursors() throws {
        for milliseconds: Int64 in [0, 1, 1_763_000_000_001, 1_763_000_000_999] {
            let cursor = PaymentCursor(
                startedAt: milliseconds, paymentID: "p-1", span: nil, filter: .init(status: .failed, userID: "ü"))
            #expect(PaymentCursor(text: cursor.text) == cursor)
            #expect(cursor.text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            let time = Date(milliseconds: milliseconds)
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            #expect(time.milliseconds == milliseconds)
            #expect(try Date(time.timestamp, strategy: style).milliseconds == milliseconds)
        }
        for text in ["", "e30", "bnVsbA", String(repeating: "A", count: 600)] {
            #expect(PaymentCursor(text: text) == nil)
        }
    }

    private func ids(_ answer: Answer) -> [String] {
        (answer.json["payments"] as? [[String: Any]] ?? []).compactMap { $0["payment_id"] as? String }
    }
}

private func entry(
    _ number: Int, startedAt: Int64? = nil, status: PaymentStatusView.Status = .processing, userID: String? = nil
) -> PaymentEntry {
    PaymentEntry(
        paymentID: "p-\(number)", startedAt: startedAt ?? 1_763_000_000_000 + Int64(number), endedAt: nil,
        status: status,
        userID: userID)
}
