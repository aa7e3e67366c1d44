import HTTPTypes
import HummingbirdTesting
import MetricsTestKit
import PaymentSaga
import Synchronization
import Testing
import WaitingTestSupport

@testable import Sidecar

@Suite("What a sidecar counts", .timeLimit(.minutes(5)))
struct SidecarMetricsTests {
    @Test("Lookups are counted by how the answer was come by, and by what it was")
    func lookups() async throws {
        // Long enough for all readers to come before the answer.
        let directory = ScriptedDirectory(try liveReport("p-1", "succeeded"), answerTime: .seconds(2))
        directory.script.withLock { $0.records["p-2"] = storedReport("p-2") }
        let metrics = TestMetrics()
        let reports = PaymentReports(directory: directory, metrics: SidecarMetrics(factory: metrics))
        try await withThrowingTaskGroup { group in
            for _ in 0..<5 { group.addTask { try await reports.report(on: "p-1") } }
            try await group.waitForAll()
        }
        _ = try await reports.report(on: "p-1")
        _ = try await reports.report(on: "p-2")
        _ = try await reports.report(on: "p-3")
        directory.script.withLock { $0.isReachable = false }
        await #expect(throws: DependencyUnavailableError.self) { try await reports.report(on: "p-4") }
        func count(_ way: String, _ source: String) throws -> Int64 {
            try metrics.expectCounter("payment_saga_sidecar_lookups", [("way", way), ("source", source)]).totalValue
        }
        #expect(try count("asked", "live") == 1)
        #expect(try count("coalesced", "live") == 4)
        #expect(try count("cached", "live") == 1)
        #expect(try count("asked", "stored") == 1)
        #expect(try count("asked", "none") == 1)
        #expect(try count("asked", "unavailable") == 1)
    }

    @Test("Questions that are not put to silent workers are counted")
    func unasked() async throws {
        let directory = ScriptedDirectory(answerTime: .milliseconds(100))
        directory.script.withLock { script in
            script.isAnswering = false
            for number in 0..<100 { script.records["p-\(number)"] = storedReport("p-\(number)") }
        }
        let metrics = TestMetrics()
        let reports = PaymentReports(directory: directory, metrics: SidecarMetrics(factory: metrics))
        await withTaskGroup { group in
            for number in 0..<100 { group.addTask { _ = try? await reports.report(on: "p-\(number)") } }
        }
        let unasked = try metrics.expectCounter("payment_saga_sidecar_unasked", [("reason", "workers_silent")])
        #expect(unasked.totalValue == 100 - Int64(directory.script.withLock { $0.questions }))
        #expect(unasked.totalValue > 60)
    }

    @Test("Clients that follow payments are counted while they do")
    func streams() async throws {
        let metrics = TestMetrics()
        let directory = ScriptedDirectory(try liveReport())
        let feed = PaymentFeed.Limits(interval: .milliseconds(10))
        try await TestingSidecar.with(
            directory, feed: feed, metrics: SidecarMetrics(factory: metrics), setup: .live
        ) { sidecar in
            let streams = try metrics.expectMeter("payment_saga_sidecar_streams")
            #expect(streams.lastValue == 0)
            async let answer = sidecar.call(.get, "/v1/payments/p-1/events")
            try await eventually("the client is counted") { streams.lastValue == 1 }
            let end = try liveReport("p-1", "cancelled", updatedAt: "2025-11-20T10:00:02Z")
            directory.script.withLock { $0.reports["p-1"] = [end] }
            _ = try await answer
            try await eventually("it has left") { streams.lastValue == 0 }
        }
    }
}
