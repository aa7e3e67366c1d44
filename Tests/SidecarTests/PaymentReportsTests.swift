import Foundation
import Kafka
import PaymentEvents
import PaymentSaga
import Synchronization
import Testing

@testable import Sidecar

@Suite("Reading where payments stand", .timeLimit(.minutes(5)))
struct PaymentReportsTests {
    @Test("A thousand readers of a payment at once are one question to it")
    func coalesced() async throws {
        // Long enough for all readers to come before the answer, on a busy machine too.
        let directory = ScriptedDirectory(try liveReport(), answerTime: .seconds(2))
        let reports = PaymentReports(directory: directory)
        try await withThrowingTaskGroup { group in
            for _ in 0..<1000 { group.addTask { try await reports.report(on: "p-1") } }
            for try await report in group { #expect(report?.paymentID == "p-1") }
        }
        #expect(directory.script.withLock { $0.questions } == 1)
    }

    @Test("An answer is good for a moment, and after it the payment is asked again")
    func cached() async throws {
        let directory = ScriptedDirectory(try liveReport(stage: "submit"), try liveReport(stage: "confirm"))
        let reports = PaymentReports(directory: directory)
        let start = ContinuousClock.now
        #expect(try await reports.report(on: "p-1")?.stage == "submit")
        var stage = try await reports.report(on: "p-1")?.stage
        if ContinuousClock.now - start < .milliseconds(200) { #expect(stage == "submit") }
        while stage == "submit", ContinuousClock.now - start < .seconds(60) {
            try await Task.sleep(for: .milliseconds(10))
            stage = try await reports.report(on: "p-1")?.stage
        }
        #expect(stage == "confirm")
        #expect(ContinuousClock.now - start >= .milliseconds(200))
    }

    @Test(
        "The longer a payment under way has stood still, the longer its answer is good for, up to a second",
        arguments: [(0.0, 0.2), (4, 0.2), (10, 0.5), (20, 1), (86_400, 1)])
    func standingStill(unchanged: Double, lifetime: Double) throws {
        let report = try liveReport()
        #expect(PaymentReports.lifetime(of: report, at: report.updatedAt + unchanged) == .seconds(lifetime))
    }

    @Test("A payment that ended long ago is not asked again")
    func ended() async throws {
        let directory = ScriptedDirectory(try liveReport("p-1", "succeeded"), try liveReport("p-1", "failed"))
        let reports = PaymentReports(directory: directory)
        let deadline = ContinuousClock.now + .milliseconds(300)
        repeat {
            #expect(try await reports.report(on: "p-1")?.status == .succeeded)
            try await Task.sleep(for: .milliseconds(20))
        } while ContinuousClock.now < deadline
        #expect(directory.script.withLock { $0.questions } == 1)
    }

    @Test("However many payments are read, a bounded number of them is asked at once")
    func bounded() async throws {
        let directory = ScriptedDirectory(answerTime: .milliseconds(20))
        directory.script.withLock { script in
            for number in 0..<200 { script.reports["p-\(number)"] = (try? liveReport("p-\(number)")).map { [$0] } }
        }
        let reports = PaymentReports(directory: directory)
        await withTaskGroup { group in
            for number in 0..<200 { group.addTask { try? await reports.report(on: "p-\(number)")?.paymentID } }
            for await id in group { #expect(id != nil) }
        }
        #expect(directory.script.withLock { $0.mostQuestions } <= 16)
        #expect(directory.script.withLock { $0.questions } == 200)
    }

    @Test("When no worker answers, what is on record is, and most readers don't wait for workers any more")
    func silence() async throws {
        // Long enough for all readers to come before the silence is noticed, on a busy machine too.
        let directory = ScriptedDirectory(answerTime: .seconds(2))
        directory.script.withLock { script in
            script.isAnswering = false
            for number in 0..<100 { script.records["p-\(number)"] = storedReport("p-\(number)") }
        }
        let reports = PaymentReports(directory: directory)
        await withTaskGroup { group in
            for number in 0..<100 { group.addTask { try? await reports.report(on: "p-\(number)")?.source } }
            for await source in group { #expect(source == .stored) }
        }
        #expect(directory.script.withLock { $0.questions } < 40)
    }

    @Test("However many payments are read while no worker answers, a bounded number of them is looked up at once")
    func boundedLookUps() async throws {
        let directory = ScriptedDirectory(answerTime: .milliseconds(20))
        directory.script.withLock { script in
            script.isAnswering = false
            for number in 0..<200 { script.records["p-\(number)"] = storedReport("p-\(number)") }
        }
        let reports = PaymentReports(directory: directory)
        await withTaskGroup { group in
            for number in 0..<200 { group.addTask { try? await reports.report(on: "p-\(number)")?.paymentID } }
            for await id in group { #expect(id != nil) }
        }
        #expect(directory.script.withLock { $0.mostLookUps } <= 32)
    }

    @Test("Workers that come back are asked again")
    func recovery() async throws {
        let directory = ScriptedDirectory()
        directory.script.withLock { script in
            script.isAnswering = false
            script.records = ["p-1": storedReport("p-1"), "p-2": storedReport("p-2"), "p-3": storedReport("p-3")]
        }
        let reports = PaymentReports(directory: directory)
        for number in 1...3 { #expect(try await reports.report(on: "p-\(number)")?.source == .stored) }
        directory.script.withLock { script in
            script.isAnswering = true
            for number in 1...3 { script.reports["p-\(number)"] = (try? liveReport("p-\(number)")).map { [$0] } }
        }
        let deadline = ContinuousClock.now + .seconds(60)
        var sources: [PaymentReport.Source?] = []
        repeat {
            sources = []
            for number in 1...3 { sources.append(try await reports.report(on: "p-\(number)")?.source) }
            try await Task.sleep(for: .milliseconds(20))
        } while sources != [.live, .live, .live] && ContinuousClock.now < deadline
        #expect(sources == [.live, .live, .live])
    }

    @Test(
        "When the directory is away, the last word of a payment is told, and one that was never heard of is unavailable"
    )
    func directoryAway() async throws {
        let directory = ScriptedDirectory(try liveReport(stage: "submit"))
        let reports = PaymentReports(directory: directory)
        let live = try #require(try await reports.report(on: "p-1"))
        directory.script.withLock { $0.isReachable = false }
        let report = try #require(try await reports.newReport(on: "p-1"))
        #expect(report.source == .stored)
        #expect(report.stage == "submit")
        #expect(report.asOf == live.asOf)
        await #expect(throws: DependencyUnavailableError.self) { try await reports.report(on: "p-2") }
    }

    @Test("What Temporal has forgotten, or can't tell at the moment, the last outcome tells", arguments: [true, false])
    func lastOutcome(isReachable: Bool) async throws {
        let outcomes = LastOutcomes()
        outcomes.note(try outcomeRecord("p-1"))
        let directory = ScriptedDirectory(isReachable: isReachable)
        let reports = PaymentReports(directory: directory, outcomes: outcomes)
        let report = try #require(try await reports.report(on: "p-1"))
        #expect(report.status == .cancelled)
        #expect(report.reasonCode == .cancelledByUser)
        #expect(report.source == .stored)
        #expect(report.amount == Amount(currency: "EUR", minorUnits: 1050))
        #expect(report.gatewayReference == "g-1")
        guard isReachable else {
            await #expect(throws: DependencyUnavailableError.self) { try await reports.report(on: "p-2") }
            return
        }
        #expect(try await reports.report(on: "p-2") == nil)
    }

    @Test("A payment that was reinstated has succeeded, whatever it says itself", arguments: [true, false])
    func reinstated(isReachable: Bool) async throws {
        let (directory, outcomes) = (ScriptedDirectory(), LastOutcomes())
        let cancelled = try liveReport("p-1", "cancelled", reasonCode: #""CANCELLED_BY_USER""#)
        directory.script.withLock { $0.reports["p-1"] = [cancelled] }
        let reports = PaymentReports(directory: directory, outcomes: outcomes)
        outcomes.note(try outcomeRecord("p-1"))
        #expect(try await reports.report(on: "p-1")?.status == .cancelled)
        // What was known a moment ago does not count against the outcome, nor does an older outcome that is read again.
        directory.script.withLock { $0.isReachable = isReachable }
        outcomes.note(try outcomeRecord("p-1", .succeeded, seconds: 1_763_719_200))
        outcomes.note(try outcomeRecord("p-1"))
        for _ in 1...2 {
            let report = try await reports.report(on: "p-1")
            #expect(report?.status == .succeeded)
            #expect(report?.reasonCode == nil)
            #expect(report?.updatedAt == Date(timeIntervalSince1970: 1_763_719_200))
            #expect(report?.source == .stored)
            #expect(report?.stage == "confirm")
        }
    }

    @Test("Of a payment whose reinstatement was not heard of, Temporal tells")
    func reinstatedUnheard() async throws {
        let directory = ScriptedDirectory()
        let late = Date(timeIntervalSince1970: 1_763_719_200)
        let timedOut = try liveReport("p-1", "failed", reasonCode: #""CONFIRMATION_TIMEOUT""#)
        let declined = try liveReport("p-2", "failed", reasonCode: #""GATEWAY_DECLINED""#)
        directory.script.withLock { script in
            script.reports = ["p-1": [timedOut], "p-2": [declined]]
            script.reinstatements = ["p-1": late, "p-2": late]
        }
        let reports = PaymentReports(directory: directory)
        #expect(try await reports.report(on: "p-1")?.status == .succeeded)
        #expect(try await reports.report(on: "p-1")?.updatedAt == late)
        #expect(try await reports.report(on: "p-2")?.status == .failed)
    }

    @Test("A payment whose workflow was ended from outside after its end is told as it ended")
    func endedBeforeItWasEnded() async throws {
        let (directory, outcomes) = (ScriptedDirectory(), LastOutcomes())
        directory.script.withLock { $0.records["p-1"] = storedReport("p-1", .failed, reasonCode: .internal) }
        outcomes.note(try outcomeRecord("p-1", .succeeded))
        let reports = PaymentReports(directory: directory, outcomes: outcomes)
        #expect(try await reports.report(on: "p-1")?.status == .succeeded)
    }

    @Test("What is on record counts when the last word was that the payment has not begun")
    func begunSince() async throws {
        let (directory, requested) = (ScriptedDirectory(), RequestedPayments())
        requested.note(try requestRecord("p-1"))
        let reports = PaymentReports(directory: directory, requested: requested)
        #expect(try await reports.report(on: "p-1")?.status == .pending)
        directory.script.withLock { $0.records["p-1"] = storedReport("p-1", .processing) }
        #expect(try await reports.newReport(on: "p-1")?.status == .processing)
    }

    @Test("What is on record counts when the payment has ended since its last word")
    func endedSince() async throws {
        let directory = ScriptedDirectory(try liveReport(stage: "submit"))
        let reports = PaymentReports(directory: directory)
        _ = try await reports.report(on: "p-1")
        directory.script.withLock { script in
            script.isAnswering = false
            script.records["p-1"] = storedReport("p-1", .failed, reasonCode: .gatewayDeclined)
        }
        let report = try await reports.newReport(on: "p-1")
        #expect(report?.status == .failed)
        #expect(report?.source == .stored)
    }

    @Test("What was used last is kept, and no more than fits")
    func recentlyUsed() {
        var kept = RecentlyUsed<Int, Int>(capacity: 10)
        for number in 0..<1000 {
            kept[number] = number
            #expect(kept[0] == 0)
        }
        #expect((995..<1000).allSatisfy { kept[$0] == $0 })
        #expect((0..<1000).count { kept[$0] != nil } <= 10)
        kept[0] = nil
        #expect(kept[0] == nil)
    }
}
