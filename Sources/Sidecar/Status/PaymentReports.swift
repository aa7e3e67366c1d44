import Foundation
import PaymentSaga

/// Where payments stand, for any number of readers at little cost to the workers.
///
/// Readers of the same payment share one question to it, and its answer for a moment. How many payments are asked at once
/// is bounded. When no worker answers, what is on record or was said last takes the answer's place. When Temporal has nothing
/// on record or can't be asked, that is what the last outcome event said, or that the payment is requested. A payment that
/// was reinstated does not know of that itself.
actor PaymentReports {
    private struct Known {
        let report: PaymentReport
        let askedAt: ContinuousClock.Instant
        let answeredAt = ContinuousClock.now
        let lifetime: Duration

        var age: Duration { .now - answeredAt }
        var isFresh: Bool { age < lifetime }
    }

    private struct Flight {
        let number: Int
        let report: Task<PaymentReport?, any Error>
    }

    /// How many payments are remembered.
    private static let capacity = 20_000
    /// How many are asked at once.
    private static let maximumQuestions = 16
    /// How many are looked up in Temporal's records at once.
    private static let maximumRecordQuestions = 32
    private static let storedLifetime = Duration.seconds(1)
    /// How old an answer may be when there are more questions than the workers can take.
    private static let staleLimit = Duration.seconds(5)

    private let directory: any PaymentDirectory
    private let outcomes: LastOutcomes
    private let requested: RequestedPayments
    private let metrics: SidecarMetrics
    private let questions: BoundedQuestions
    private let recordQuestions = BoundedQuestions(limit: maximumRecordQuestions, maximumWaiting: 256)
    private var known = RecentlyUsed<String, Known>(capacity: capacity)
    private var flights: [String: Flight] = [:]
    private var lastFlight = 0

    init(
        directory: any PaymentDirectory, outcomes: LastOutcomes = LastOutcomes(),
        requested: RequestedPayments = RequestedPayments(), metrics: SidecarMetrics = SidecarMetrics()
    ) {
        self.directory = directory
        self.outcomes = outcomes
        self.requested = requested
        self.metrics = metrics
        questions = BoundedQuestions(limit: Self.maximumQuestions, metrics: metrics)
    }

    /// Where a payment stands; nil if there is none of this id.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func report(on paymentID: String) async throws -> PaymentReport? {
        var entry = known[paymentID]
        if let last = entry, corrected(last.report) != last.report { entry = nil }
        if let entry, entry.isFresh { return told(entry.report) }
        let underWay = flights[paymentID]
        let flight = underWay ?? startFlight(paymentID)
        if let entry, entry.age < Self.staleLimit, questions.isBusy { return told(entry.report) }
        let way = underWay == nil ? SidecarMetrics.Way.asked : .coalesced
        do {
            let report = try await flight.report.value
            metrics.countLookup(way, report)
            return report
        } catch {
            metrics.countLookup(way, .unavailable)
            throw error
        }
    }

    private func told(_ known: PaymentReport) -> PaymentReport {
        metrics.countLookup(.cached, known)
        return known
    }

    /// Where a payment stands after everything that was done to it before the call.
    ///
    /// - Throws: ``DependencyUnavailableError``.
    func newReport(on paymentID: String) async throws -> PaymentReport? {
        try await startFlight(paymentID).report.value
    }

    /// Has the next reader find out anew where a payment stands.
    func forget(_ paymentID: String) {
        known[paymentID] = nil
        flights[paymentID] = nil
    }

    /// Where payments stand, those of which that is known within the time.
    func reports(on paymentIDs: [String], within limit: Duration) async -> [String: PaymentReport] {
        let (reports, found) = AsyncStream<PaymentReport>.makeStream()
        let asking = Task {
            await withTaskGroup { group in
                for id in paymentIDs {
                    group.addTask {
                        // What can't be found out is left to what the caller has.
                        if let report = try? await self.report(on: id) { found.yield(report) }
                    }
                }
            }
            found.finish()
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            found.finish()
        }
        defer {
            asking.cancel()
            timer.cancel()
        }
        return await reports.reduce(into: [:]) { $0[$1.paymentID] = $1 }
    }

    /// A task of its own, because those who wait for it may leave.
    private func startFlight(_ paymentID: String) -> Flight {
        lastFlight += 1
        let number = lastFlight
        let time = ContinuousClock.now
        let flight = Flight(
            number: number,
            report: Task {
                defer { endFlight(paymentID, number) }
                let report = try await findOut(paymentID)
                if let report { remember(report, from: time) }
                return report
            })
        flights[paymentID] = flight
        return flight
    }

    private func endFlight(_ paymentID: String, _ number: Int) {
        if flights[paymentID]?.number == number { flights[paymentID] = nil }
    }

    /// Answers may overtake each other; the one to the later question counts.
    private func remember(_ report: PaymentReport, from time: ContinuousClock.Instant) {
        if let entry = known[report.paymentID], entry.askedAt > time { return }
        if report.status.isTerminal { requested.forget(report.paymentID) }
        known[report.paymentID] = Known(report: report, askedAt: time, lifetime: Self.lifetime(of: report))
    }

    private func findOut(_ paymentID: String) async throws -> PaymentReport? {
        guard let standing = try await standing(of: paymentID) else { return nil }
        let report = corrected(standing)
        // What can't be found out now is found out later, or told by the outcome.
        guard report.mayBeReinstated,
            let time = try? await fromRecords({ try await directory.reinstatement(of: paymentID) })
        else { return report }
        return report.reinstated(at: time)
    }

    /// The same, or what has become of it since by a late confirmation.
    private func corrected(_ report: PaymentReport) -> PaymentReport {
        guard report.mayBeReinstated, let outcome = outcomes.report(on: report.paymentID), outcome.status == .succeeded
        else { return report }
        return report.reinstated(at: outcome.updatedAt)
    }

    private func standing(of paymentID: String) async throws -> PaymentReport? {
        switch await answer(of: paymentID) {
        case .report(let report): return report
        case .unknown: return reportOnUnknown(paymentID)
        case .unusable, .silence: break
        }
        let last = known[paymentID]?.report.remembered
        do {
            guard let recorded = try await fromRecords({ try await directory.recordedReport(on: paymentID) }) else {
                return reportOnUnknown(paymentID)
            }
            // The steps are known to the payment alone, so that its last word says more, unless it has ended since.
            if let last, last.stage != nil, last.status.isTerminal || !recorded.status.isTerminal { return last }
            // One that was ended from outside may have told how it ended before.
            guard recorded.reasonCode == .internal, let outcome = outcomes.report(on: paymentID),
                outcome.reasonCode != .internal
            else { return recorded }
            return outcome
        } catch let error as DependencyUnavailableError {
            if let last, last.status.isTerminal { return last }
            guard let told = outcomes.report(on: paymentID) ?? last ?? requested.report(on: paymentID) else {
                throw error
            }
            return told
        }
    }

    /// Where a payment stands that Temporal has forgotten, or not heard of yet.
    private func reportOnUnknown(_ paymentID: String) -> PaymentReport? {
        outcomes.report(on: paymentID) ?? requested.report(on: paymentID)?.confirmed(at: .now)
    }

    private func answer(of paymentID: String) async -> PaymentAnswer {
        guard await questions.begin() else { return .silence }
        let answer = await directory.ask(paymentID)
        switch answer {
        case .report, .unknown: questions.end(with: .answer)
        case .unusable: questions.end(with: .nothing)
        case .silence: questions.end(with: .silence)
        }
        return answer
    }

    /// - Throws: ``DependencyUnavailableError``, too, if nothing is to be looked up now.
    private func fromRecords<Found: Sendable>(_ lookUp: () async throws -> Found?) async throws -> Found? {
        guard await recordQuestions.begin() else {
            throw DependencyUnavailableError(dependency: .temporal, reason: "it does not answer, or not fast enough")
        }
        do {
            let found = try await lookUp()
            recordQuestions.end(with: .answer)
            return found
        } catch {
            recordQuestions.end(with: error is DependencyUnavailableError ? .silence : .nothing)
            throw error
        }
    }

    /// How long an answer is good for. What has long been unchanged will stay so: an ended payment is good for as long as it has been
    /// ended, and one under way, or not begun, for a twentieth of the time it has stood still, within bounds.
    static func lifetime(of report: PaymentReport, at now: Date = .now) -> Duration {
        let unchanged = now.timeIntervalSince(report.updatedAt)
        if report.status.isTerminal { return .seconds(min(max(1, unchanged), 600)) }
        return report.source == .live || report.status == .pending
            ? .seconds(min(max(0.2, unchanged / 20), 1)) : storedLifetime
    }
}
